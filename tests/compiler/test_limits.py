"""How large a config may be: each limit stops a hostile config with an error of its own, and no honest one."""

from __future__ import annotations

import pytest

from ci.compiler.compile import NoOrbs, compile_config
from ci.compiler.emit import emit
from ci.compiler.pipeline import DEFAULTS, PipelineValues
from ci.errors import ConfigError
from ci.source.limits import LIMITS

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
    text, told = HOSTILE[limit]
    with pytest.raises(ConfigError) as error:
        compiled(text())
    assert told in str(error.value), str(error.value)[:500]
    assert len(error.value.problems) < 5
    assert error.value.problems[0].position


def test_a_regular_expression_that_tries_for_ever_has_a_deadline():
    condition = f"{{matches: {{pattern: '^(a|aa)+$', value: {'a' * 5000}!}}}}"
    text = f"{HEAD}{JOB}      - when: {{condition: {condition}, steps: []}}\n"
    try:
        assert compiled(text).document["jobs"]["build"]["steps"] == []  # an engine that needs no deadline for it
    except ConfigError as error:
        told = str(error)
        assert "regular expression" in told or "matches" in told


def test_twenty_thousand_instances_are_none_too_many():
    result = compiled(matrix(20, 100, 10))
    assert len(result.workflows[0].invocations) == 20_000


def test_two_hundred_thousand_lines_and_ten_megabytes_are_none_too_many():
    step = "      - run: echo " + "x" * 60 + "\n"
    text = f"{HEAD}{JOB}{step * 200_000}"
    assert len(text) > 10_000_000
    output = emit(compiled(text))
    assert output.count("\n") > 200_000
