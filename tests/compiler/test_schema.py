"""CircleCI's own JSON schema as a second opinion on what compiles and on what comes out."""

from __future__ import annotations

import functools
import json
from typing import Any

import jsonschema
import pytest
import yaml

from ci.compiler.compile import NoOrbs, compile_config
from ci.compiler.emit import emit
from ci.compiler.pipeline_values import DEFAULTS, PipelineValues

from ..conftest import SHARED
from .rules.test_rules import GOOD, compiled, rules_of

needs_schema = pytest.mark.shared


@functools.cache
def schema() -> Any:
    found = json.loads((SHARED / "data" / "circleci-config-schema.json").read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(found)(found)


TAGGED = "a tag stands where the schema wants the number or list that it becomes"
LOOSER = {
    "4.3.4": TAGGED,
    "2.4": TAGGED,
    "5.2.4": TAGGED,
    "3.5.1": TAGGED,
    "4.1.2": "a command without arguments may have an empty or no map",
    "4.4.4": "a list of steps may stand among steps, as `steps` parameters leave it",
    "4.5.5": "a job of a workflow may have no attributes after its colon",
    "5.1.1": "a condition may be null",
    "D2": "the schema wants a map for what nothing uses too",
    "D3": "an attribute of an invocation may be null",
    "D4": "a statement may have several operators, or nothing behind one",
    "D5": "the schema lets machine have a resource_class alone",
    "N5": "the schema is older",
    "D8": "paths may be a text instead of a list",
    "D6": "unknown keys are taken",
    "6.1.1": "the schema wants two letters in each part of an orb's name",
}
"""The first rules of cases that the compiler takes and the schema of CircleCI's editor support does not, and why."""
NAMES = "does not match '^[A-Za-z]"
"""The schema's rule for the names of jobs: it is for sources, and the compiler makes names beyond it (3.4.4, 6.2.1)."""


def complaints(document: Any) -> list[str]:
    errors = schema().iter_errors(document)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:150]}" for error in errors]


@needs_schema
@pytest.mark.parametrize("case", GOOD, ids=lambda case: f"{'+'.join(rules_of(case))} {case['name']}")
def test_what_compiles_is_valid_by_the_schema_or_known_to_be_looser(case):
    source = next(yaml.safe_load_all(case["config"]))
    if str(source.get("version")) in ("2", "2.0"):
        pytest.skip("the schema knows version 2.1 alone")
    found = complaints(source)
    assert found == [] or rules_of(case)[0] in LOOSER


@needs_schema
@pytest.mark.parametrize("case", GOOD, ids=lambda case: f"{'+'.join(rules_of(case))} {case['name']}")
def test_what_comes_out_is_valid_by_the_schema_but_for_names(case):
    if rules_of(case)[0] in ("D6", "D8", "N5"):
        pytest.skip("what the schema refuses in the source is still there in what comes out")
    document = yaml.safe_load(emit(compiled(case)))
    document["version"] = 2.1  # the schema knows no other
    document.get("workflows", {}).pop("version", None)
    assert [each for each in complaints(document) if NAMES not in each] == []


@pytest.mark.parametrize("case", GOOD, ids=lambda case: f"{'+'.join(rules_of(case))} {case['name']}")
def test_what_comes_out_compiles_to_itself(case):
    first = compiled(case)
    again = compile_config(emit(first), "again.yml", PipelineValues(DEFAULTS), NoOrbs())
    assert again.document == first.document
