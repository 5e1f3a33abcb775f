"""What comes out of the compiler has the shape of a compiled config, and compiles to itself.

``compiled_shape.yml`` is that shape. CircleCI's own JSON schema, if it is beside the project, is a second opinion on
what compiles and on what comes out.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
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
KEPT = ("D6", "D8", "N5")
"""What the schema refuses in the source of these is still there in what comes out."""
NAMES = "does not match '^[A-Za-z]"
"""The schema's rule for the names of jobs: it is for sources, and the compiler makes names beyond it (3.4.4, 6.2.1)."""


def complaints(document: Any) -> list[str]:
    errors = schema().iter_errors(document)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:150]}" for error in errors]


@functools.cache
def shape() -> Any:
    found = yaml.safe_load(Path(__file__).with_name("compiled_shape.yml").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def is_version2(case: Mapping[str, Any]) -> bool:
    return str(next(yaml.safe_load_all(case["config"])).get("version")) in ("2", "2.0")


def named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=f"{'+'.join(rules_of(case))} {case['name']}") for case in cases]


GOOD_2_1 = [case for case in GOOD if not is_version2(case)]


@pytest.mark.parametrize("case", named(GOOD_2_1))
def test_what_comes_out_has_the_shape_of_a_compiled_config(case):
    document = yaml.safe_load(emit(compiled(case)))
    assert [f"{error.json_path}: {error.message[:150]}" for error in shape().iter_errors(document)] == []


COMPILED = yaml.safe_load("""
version: 2
jobs:
  build:
    docker: [{image: a, environment: {A: 1}}]
    environment: [{A: 1}]
    steps: [checkout, {run: {command: make}}, {save_cache: {key: k, paths: [p]}}]
workflows:
  main: {jobs: [build, {hold: {type: approval, requires: [build, {other: [failed]}]}}]}
  version: 2
""")


def test_a_compiled_config_has_that_shape():
    shape().validate(COMPILED)


def _job(change: dict[str, Any]) -> Callable[[Any], None]:
    return lambda document: document["jobs"]["build"].update(change)


def _step(step: Any) -> Callable[[Any], None]:
    return lambda document: document["jobs"]["build"]["steps"].append(step)


def _entry(entry: Any) -> Callable[[Any], None]:
    return lambda document: document["workflows"]["main"]["jobs"].append(entry)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda document: document.update(version=2.1), id="version 2.1"),
        pytest.param(lambda document: document.update(commands={}), id="commands"),
        pytest.param(lambda document: document.update(parameters={}), id="pipeline parameters"),
        pytest.param(lambda document: document.pop("workflows"), id="no workflows"),
        pytest.param(lambda document: document["workflows"].pop("version"), id="no version of workflows"),
        pytest.param(lambda document: document["workflows"]["main"].update(when=True), id="when of a workflow"),
        pytest.param(_job({"parameters": {}}), id="parameters of a job"),
        pytest.param(_job({"executor": "e"}), id="an executor's name"),
        pytest.param(_job({"description": "d"}), id="a description"),
        pytest.param(_job({"machine": True}), id="two environments"),
        pytest.param(_job({"environment": {"A": 1}}), id="a job's environment as a map"),
        pytest.param(_job({"docker": []}), id="no image"),
        pytest.param(_job({"type": "other"}), id="a job's type"),
        pytest.param(_job({"type": "lock"}), id="a lock without a key"),
        pytest.param(lambda document: document["jobs"]["build"].pop("steps"), id="no steps"),
        pytest.param(_step("greet"), id="a command's name"),
        pytest.param(_step({"greet": {}}), id="a command's call"),
        pytest.param(_step({"run": "make"}), id="a run of text"),
        pytest.param(_step({"run": {"name": "n"}}), id="a run without a command"),
        pytest.param(_step({"when": {"condition": True, "steps": []}}), id="a condition"),
        pytest.param(_step({"steps": []}), id="a list of steps"),
        pytest.param(_step(["checkout"]), id="steps in steps"),
        pytest.param(_step({"save_cache": {"key": "k"}}), id="a cache without paths"),
        pytest.param(_step({"checkout": None, "run": {"command": "c"}}), id="a step of two keys"),
        pytest.param(_step({"run": {"command": "c", "when": "never"}}), id="when of a step"),
        pytest.param(_entry({"build": {"matrix": {}}}), id="a matrix"),
        pytest.param(_entry({"build": {"pre-steps": []}}), id="pre-steps"),
        pytest.param(_entry({"build": {"name": "n"}}), id="a name"),
        pytest.param(_entry({"build": {"argument": 1}}), id="an argument"),
        pytest.param(_entry({"build": {}}), id="no attribute"),
        pytest.param(_entry({"build": {"requires": []}}), id="no requirement"),
        pytest.param(_entry({"build": {"requires": [{"a": "ended"}]}}), id="a status"),
        pytest.param(_entry({"build": {"filters": "pipeline.git.branch"}}), id="a filter's expression"),
    ],
)
def test_what_compiling_takes_away_is_not_of_that_shape(damage):
    document = copy.deepcopy(COMPILED)
    damage(document)
    assert not shape().is_valid(document)


@needs_schema
@pytest.mark.parametrize("case", named(GOOD_2_1))
def test_what_compiles_is_valid_by_the_schema_or_known_to_be_looser(case):
    found = complaints(next(yaml.safe_load_all(case["config"])))
    assert found == [] or rules_of(case)[0] in LOOSER


@needs_schema
def test_what_comes_out_is_valid_by_the_schema_but_for_names():
    outputs = [(case["name"], _output(case)) for case in GOOD if rules_of(case)[0] not in KEPT]
    found = [(name, each) for name, output in outputs for each in complaints(output) if NAMES not in each]
    assert found == []


def _output(case: Mapping[str, Any]) -> Any:
    document = yaml.safe_load(emit(compiled(case)))
    document["version"] = 2.1  # the schema knows no other
    document.get("workflows", {}).pop("version", None)
    return document


@pytest.mark.parametrize("case", named(GOOD))
def test_what_comes_out_compiles_to_itself(case):
    first = compiled(case)
    again = compile_config(emit(first), "again.yml", PipelineValues(DEFAULTS), NoOrbs())
    assert again.document == first.document
