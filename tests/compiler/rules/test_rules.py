"""The rules of the semantics, a readable case or more for each: the files beside this one.

A case is one YAML document:

rule, name, source     which rule of ``registry.yml`` it shows, what it says, where that is written
config                 the config's text; @LONG@ is a tag of more than 2048 characters, @DEEP@ logic of 101 levels,
                       @128@ 128 characters
values                 pipeline values by name without ``pipeline.``, over the defaults
parameters, texts      arguments of pipeline parameters, typed or as ``--param`` gives them
orbs                   reference: text of the orb's source; ``asked -> found: text`` where they differ
expect                 paths in the compiled document and the exact value there
absent                 paths that the compiled document must not have
invocations            workflow: {instance: {attribute: value}}, all instances of it
announced              refused, warned or accepted (the default): what CircleCI refuses since 21 September 2026
no-warnings            true where there is none
comments, warnings     texts that one of these must contain
error                  a list, a member for each problem: ``at`` is LINE TEXT, where the problem stands at TEXT in that
                       line (or LINE:COLUMN, ORB.yml LINE TEXT, nowhere), ``says`` are texts in it

An error stands at the smallest thing that is wrong: at the value if the value is, at the key if that is unknown
or should not be there, at the invocation's or the element's name if something is missing from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ci.compiler.compile import Mode, OrbSource, compile_config
from ci.compiler.compiled import Compiled
from ci.compiler.emit import emit
from ci.compiler.pipeline_values import DEFAULTS, PipelineValues
from ci.errors import ConfigError, Position, Problem
from ci.workflow.job_instances import JobInstance

HERE = Path(__file__).parent
DEEP = "{not: " * 101 + "true" + "}" * 101
LONG = "<< " + " or ".join(["pipeline.parameters.p"] * 100) + " >>"
KEYS = {
    *("rule", "name", "source", "config", "values", "parameters", "texts", "orbs", "expect", "absent"),
    *("invocations", "comments", "warnings", "error", "problems", "announced", "no-warnings"),
}


@dataclass(frozen=True)
class Orbs:
    """The orbs of one case."""

    texts: Mapping[str, str]

    def versions(self, reference: str) -> tuple[str, ...]:
        return ()

    def find(self, reference: str) -> OrbSource | None:
        for key, text in self.texts.items():
            asked, _, resolved = key.partition(" -> ")
            if asked == reference:
                return OrbSource(resolved or reference, text, f"{reference}.yml")
        return None


def read_cases() -> list[dict[str, Any]]:
    cases = []
    for file in sorted(HERE.glob("[0-9A-Z]*.yml")):
        for case in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if case:
                case["config"] = case["config"].replace("@LONG@", LONG).replace("@DEEP@", DEEP)
                case["config"] = case["config"].replace("@128@", "a" * 128)
                cases.append(case)
    return cases


def rules_of(case: Mapping[str, Any]) -> list[str]:
    rule = case["rule"]
    return [str(each) for each in (rule if isinstance(rule, list) else [rule])]


CASES = read_cases()
GOOD = [case for case in CASES if "error" not in case]
BAD = [case for case in CASES if "error" in case]


def named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=f"{'+'.join(rules_of(case))} {case['name']}") for case in cases]


def compiled(case: Mapping[str, Any]) -> Compiled:
    values = PipelineValues({**DEFAULTS, **case.get("values", {})}, case.get("parameters", {}), case.get("texts", {}))
    announced = case.get("announced", "accepted")
    return compile_config(
        case["config"], "config.yml", values, Orbs(case.get("orbs", {})), mode=Mode(announced=announced)
    )


def at(data: Any, path: str) -> Any:
    """What stands at a dotted path; keys with dots in them are found all the same."""
    if not path:
        return data
    keys = {str(index): item for index, item in enumerate(data)} if isinstance(data, list) else data
    if not isinstance(keys, dict):
        raise KeyError(path)
    for key, value in keys.items():
        if path == key or path.startswith(f"{key}."):
            return at(value, path[len(key) + 1 :])
    raise KeyError(path)


def attribute(instance: JobInstance, name: str) -> Any:
    """An attribute of an instance in the form in which cases write it."""
    value = getattr(instance, {"job": "source_job", "requires": "needs"}.get(name, name))
    if name == "requires":
        return {each.name: sorted(each.statuses) for each in value}
    if name == "filtered":
        return bool(value)
    return list(value) if isinstance(value, tuple) else value


def typed(value: Any) -> Any:
    """The value with its types made visible: True equals 1 for Python, but not here."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return (type(value).__name__, value)


@pytest.mark.parametrize("case", named(GOOD))
def test_compiles_to(case: dict[str, Any]) -> None:
    result = compiled(case)
    for path, wanted in case.get("expect", {}).items():
        assert typed(at(result.document, path)) == typed(wanted), path
    for path in case.get("absent", []):
        with pytest.raises(KeyError):
            at(result.document, path)
    by_name = {workflow.name: workflow for workflow in result.workflows}
    for workflow, instances in case.get("invocations", {}).items():
        found = {each.name: each for each in by_name[workflow].instances}
        assert sorted(found) == sorted(instances)
        for name, attributes in instances.items():
            for key, wanted in (attributes or {}).items():
                assert attribute(found[name], key) == wanted, f"{name}.{key}"
    for text in case.get("comments", []):
        assert any(text in comment for comment in result.comments), result.comments
    assert not (case.get("no-warnings") and result.warnings), result.warnings
    for text in case.get("warnings", []):
        assert any(text in str(warning) for warning in result.warnings), result.warnings
    assert typed(yaml.safe_load(emit(result))) == typed(result.document)


def place(case: Mapping[str, Any], at: str) -> Position | None:
    """The position that an error's ``at`` means."""
    if at == "nowhere":
        return None
    if exact := re.fullmatch(r"(\d+):(\d+)", at):
        return Position("config.yml", int(exact[1]), int(exact[2]))
    found = re.fullmatch(r"(?:(\S+\.yml) )?(\d+) (.+)", at)
    assert found, at
    file, line, text = found.groups()
    source = case["orbs"][file.removesuffix(".yml")] if file else case["config"]
    return Position(file or "config.yml", int(line), source.splitlines()[int(line) - 1].index(text) + 1)


def matches(problem: Problem, wanted: Mapping[str, Any], where: Position | None) -> bool:
    return problem.position == where and all(text in str(problem) for text in wanted["says"])


@pytest.mark.parametrize("case", named(BAD))
def test_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        compiled(case)
    problems = list(caught.value.problems)
    for wanted in case["error"]:
        where = place(case, wanted["at"])
        assert any(matches(problem, wanted, where) for problem in problems), f"{where} {wanted}\n{caught.value}"
    assert len(problems) == case.get("problems", len(case["error"])), str(caught.value)


def test_every_rule_has_a_case() -> None:
    """Sections are covered by their rules; a rule without a case stands in exempt.yml with its reason."""
    registry = yaml.safe_load((HERE / "registry.yml").read_text(encoding="utf-8"))
    exempt = yaml.safe_load((HERE / "exempt.yml").read_text(encoding="utf-8"))
    shown = {rule for case in CASES for rule in rules_of(case)}
    edges = {f"10.{number}" for number in range(1, 79)}
    rules = {rule for rule in registry if not any(other.startswith(f"{rule}.") for other in registry)} | edges
    assert shown <= rules, f"not in the registry: {sorted(shown - rules)}"
    assert set(exempt) <= set(registry) | edges
    assert not shown & set(exempt), "exempt, and has a case"
    missing = rules - shown - set(exempt)
    assert not missing, f"no case: {sorted(missing)}"


def test_cases_are_well_formed() -> None:
    names = [(*rules_of(case), case["name"]) for case in CASES]
    assert len(names) == len(set(names))
    for case in CASES:
        assert set(case) <= KEYS, f"{case['name']}: {set(case) - KEYS}"
        assert case["source"], case["name"]
        for error in case.get("error", []):
            place(case, error["at"])
        if "error" not in case:
            assert {"expect", "absent", "invocations", "comments", "warnings"} & set(case), case["name"]
