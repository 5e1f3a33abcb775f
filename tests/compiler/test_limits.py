"""How large a config may be: each limit stops a hostile config with an error of its own, and no honest one."""

from __future__ import annotations

import tracemalloc

import pytest

from ci.compiler.compile import NoOrbs, compile_config
from ci.compiler.emit import emit
from ci.compiler.pipeline_values import DEFAULTS, PipelineValues
from ci.errors import ConfigError
from ci.source.limits import LIMITS
from tests.work import calls

HEAD = "version: 2.1\n"
JOB = "jobs:\n  build:\n    machine: true\n    steps:\n"


def compiled(text: str, **values: str):
    chosen = {**DEFAULTS, **{name.replace("_", "."): value for name, value in values.items()}}
    return compile_config(text, "config.yml", PipelineValues(chosen), NoOrbs())


def commands(count: int, *steps: str) -> str:
    """Commands c1, c2 ...: each has these steps, BEFORE being the one before; c0 does nothing."""
    lines = ["commands:", "  c0: {steps: [checkout]}"]
    for number in range(1, count + 1):
        calls = ", ".join(step.replace("BEFORE", f"c{number - 1}") for step in steps)
        lines.append(f"  c{number}: {{steps: [{calls}]}}")
    return "\n".join(lines) + "\n"


def bomb(levels: int) -> str:
    """Aliases of aliases: ten times as many nodes a level."""
    lines = ["x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x{level}: &x{level} [{', '.join([f'*x{level - 1}'] * 10)}]" for level in range(1, levels)]
    return "\n".join(lines) + "\n"


def doubling(levels: int) -> str:
    """A text that is twice as long a level."""
    lines = ["commands:"]
    for level in range(levels):
        call = f"c{level + 1}: {{text: << parameters.text >><< parameters.text >>}}"
        step = call if level + 1 < levels else "run: << parameters.text >>"
        lines.append(f"  c{level}: {{parameters: {{text: {{type: string}}}}, steps: [{step}]}}")
    return "\n".join(lines) + "\n"


MATRIX = "workflows:\n  w:\n    jobs:\n      - build:\n          matrix:\n            parameters:\n"
PARAMETERS = "jobs:\n  build:\n    parameters: {a: {type: integer}, b: {type: integer}, c: {type: integer}}\n"


def matrix(*sizes: int) -> str:
    members = "".join(f"              {name}: {list(range(size))}\n" for name, size in zip("abc", sizes, strict=True))
    return f"{HEAD}{PARAMETERS}    machine: true\n    steps: [run: echo]\n{MATRIX}{members}"


HOSTILE = {
    "bytes": (lambda: HEAD + "#" * LIMITS.bytes, "more than the limit of 64000000"),
    "depth": (lambda: f"{HEAD}x: {'[' * 300}{']' * 300}\n", "nest"),
    "nodes": (lambda: HEAD + bomb(9) + JOB + "      - checkout\n", "more nodes"),
    "steps": (lambda: HEAD + commands(30, "BEFORE", "BEFORE") + JOB + "      - c30\n", f"{LIMITS.steps} steps"),
    "commands": (lambda: HEAD + commands(101, "BEFORE") + JOB + "      - c101\n", "100"),
    "instances": (lambda: matrix(50, 50, 50), f"{LIMITS.instances}"),
    "characters": (lambda: HEAD + doubling(40) + JOB + "      - c0: {text: '0123456789'}\n", "characters"),
    "expression": (lambda: f"{HEAD}{JOB}      - run: echo << {'not ' * 600}true >>\n", "2048"),
    "logic": (lambda: f"{HEAD}{JOB}      - when: {{condition: {'{not: ' * 101}true{'}' * 101}, steps: []}}\n", "100"),
}


@pytest.mark.parametrize("limit", HOSTILE)
def test_a_limit_stops_a_hostile_config_with_an_error_that_names_it(limit):
    text, message = HOSTILE[limit]
    with pytest.raises(ConfigError) as error:
        compiled(text())
    assert message in str(error.value), str(error.value)[:500]
    assert len(error.value.problems) < 5
    assert error.value.problems[0].position


def names(kind: str, count: int) -> list[str]:
    return [f"{kind}-{number:05d}" for number in range(count)]


def jobs(count: int) -> str:
    return "jobs:\n" + "".join(f"  {name}: {{machine: true, steps: [checkout]}}\n" for name in names("job", count))


def listed(*entries: str) -> str:
    return "workflows:\n  w:\n    jobs:\n" + "".join(f"      - {entry}\n" for entry in entries)


def enum(count: int) -> str:
    members = ", ".join(names("m", count))
    steps = "".join(f"      - c: {{p: x{number}}}\n" for number in range(count))
    command = f"commands:\n  c: {{parameters: {{p: {{type: enum, enum: [{members}]}}}}, steps: [checkout]}}\n"
    return f"{HEAD}{command}{JOB}{steps}"


def arguments(count: int) -> str:
    declared = "".join(f"      {name}: {{type: string, default: a}}\n" for name in names("par", count))
    given = ", ".join(f"{name}x: 1" for name in names("pra", count))
    return f"{HEAD}commands:\n  c:\n    parameters:\n{declared}    steps: [checkout]\n{JOB}      - c: {{{given}}}\n"


MANY = 20_000
WRONG = {
    "jobs": lambda count: HEAD + jobs(count) + listed(*(f"{name}x" for name in names("jbo", count))),
    "requires": lambda count: (
        HEAD + jobs(count) + listed(*(f"{name}: {{requires: [{name}x]}}" for name in names("job", count)))
    ),
    "cycles": lambda count: (
        HEAD
        + jobs(count)
        + listed(
            *(f"job-{number:05d}: {{requires: [job-00000, job-{(number + 1) % count:05d}]}}" for number in range(count))
        )
    ),
    "enum": enum,
    "arguments": arguments,
}
"""Configs of which every line is wrong, of so many lines."""


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as error:
        compiled(text)
    return str(error.value)


@pytest.mark.parametrize("what", WRONG)
def test_many_errors_take_steps_in_proportion_to_the_lines(what):
    refused(WRONG[what](2))  # what is imported or made once
    one, two = (calls(refused, WRONG[what](count)) for count in (300, 600))
    assert two <= 2.2 * one


@pytest.mark.parametrize("what", WRONG)
def test_many_errors_are_shown_in_short(what):
    assert len(refused(WRONG[what](MANY))) < 50_000


def test_a_job_that_is_listed_many_times_is_named_in_steps_in_proportion():
    def instances(count: int) -> int:
        return len(compiled(f"{HEAD}{jobs(1)}{listed(*['job-00000'] * count)}").workflows[0].instances)

    instances(2)
    one, two = (calls(instances, count) for count in (300, 600))
    assert two <= 2.2 * one
    assert instances(MANY) == MANY


def test_instances_that_all_require_each_other_have_a_limit():
    axis = f"matrix: {{alias: ALIAS, parameters: {{p: {list(range(2000))}}}}}"
    body = "{machine: true, parameters: {p: {type: integer}}, steps: [run: echo << parameters.p >>]}"
    workflow = listed(f"a: {{{axis.replace('ALIAS', 'x')}}}", f"b: {{requires: [x], {axis.replace('ALIAS', 'y')}}}")
    with pytest.raises(ConfigError, match=f"require more than {LIMITS.requirements} others"):
        compiled(f"{HEAD}jobs:\n  a: {body}\n  b: {body}\n{workflow}")


def test_a_text_of_many_tags_is_refused_before_it_is_put_together():
    tags = "<< pipeline.parameters.a >>" * 100_000
    text = f"{HEAD}parameters: {{a: {{type: string, default: {'x' * 1_000_000}}}}}\n{JOB}      - run: '{tags}'\n"
    tracemalloc.start()
    try:
        with pytest.raises(ConfigError, match=f"{LIMITS.characters} characters"):
            compiled(text)
        assert tracemalloc.get_traced_memory()[1] < 300_000_000  # the text alone would take 100 GB
    finally:
        tracemalloc.stop()


def escapes_and_sections(count: int) -> str:
    sections = "<<#pipeline.parameters.a>>x<</pipeline.parameters.a>> " * count
    escapes = "\\<< " * (20 * count)
    return f"{HEAD}parameters: {{a: {{type: boolean, default: true}}}}\n{JOB}      - run: '{sections}{escapes}'\n"


def test_a_text_of_many_escapes_and_sections_takes_steps_in_proportion():
    def written(text: str) -> str:
        return emit(compiled(text))

    written(escapes_and_sections(1))
    one, two = (calls(written, escapes_and_sections(count)) for count in (500, 1000))
    assert two <= 2.2 * one


def test_a_text_of_many_escapes_and_sections_is_read():
    assert emit(compiled(escapes_and_sections(20_000))).count("<< ") == 400_000


def test_a_regular_expression_that_tries_for_ever_has_a_deadline():
    condition = f"{{matches: {{pattern: '^(a|aa)+$', value: {'a' * 5000}!}}}}"
    text = f"{HEAD}{JOB}      - when: {{condition: {condition}, steps: []}}\n"
    try:
        assert compiled(text).document["jobs"]["build"]["steps"] == []  # an engine that needs no deadline for it
    except ConfigError as error:
        message = str(error)
        assert "regular expression" in message or "matches" in message


def test_twenty_thousand_instances_are_none_too_many():
    result = compiled(matrix(20, 100, 10))
    assert len(result.workflows[0].instances) == 20_000


def test_two_hundred_thousand_lines_and_ten_megabytes_are_none_too_many():
    step = "      - run: echo " + "x" * 60 + "\n"
    text = f"{HEAD}{JOB}{step * 200_000}"
    assert len(text) > 10_000_000
    output = emit(compiled(text))
    assert output.count("\n") > 200_000
