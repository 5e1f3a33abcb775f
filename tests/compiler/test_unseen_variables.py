"""Variables of an image's environment that steps use and do not see.

https://circleci.com/docs/reference/configuration-reference/#docker: an image's ``environment`` is for its container's
own program; https://circleci.com/docs/guides/security/env-vars/ has the order of all others.
"""

import pytest

from ci.compiler.compiled import CompiledJob
from ci.compiler.diagnostics import Diagnostics
from ci.compiler.unseen_variables import warn_of_image_variables
from ci.errors import Position

from .snippets import FILE, map_node


def warned(job, contexts=()):
    """Return the variables of a compiled job that are warned of."""
    diagnostics = Diagnostics(FILE)
    jobs = {"j": CompiledJob(map_node(job), "build", (), Position(FILE, 1, 1))}
    warn_of_image_variables(jobs, contexts, diagnostics)
    return [each.message.split("$")[1].split(",")[0] for each in diagnostics.warnings]


DOCKER = "docker: [{image: a, environment: {PW: x, OTHER: y}}]"
USES = "steps: [{run: {command: echo $PW}}]"


@pytest.mark.parametrize(
    ("job", "variables"),
    [
        (f"{{{DOCKER}, {USES}}}", ["PW"]),
        (f"{{{DOCKER}, steps: [{{run: {{command: echo $OTHER $PW}}}}]}}", ["PW", "OTHER"]),
        ("{docker: [{image: a}, {image: b, environment: {PW: x}}], steps: [{run: {command: echo $PW}}]}", ["PW"]),
        ("{docker: [{image: a, environment: [{PW: x}]}], steps: [{run: {command: 'echo ${PW}'}}]}", ["PW"]),
        (f"{{{DOCKER}, steps: [{{deploy: {{command: echo $PW}}}}]}}", ["PW"]),
        (f"{{{DOCKER}, environment: [{{PW: z}}], {USES}}}", []),
        (f"{{{DOCKER}, environment: {{PW: z}}, {USES}}}", []),
        (f"{{{DOCKER}, steps: [{{run: {{command: echo $PW, environment: {{PW: z}}}}}}]}}", []),
        (f"{{{DOCKER}, steps: [{{run: {{command: export PW=z}}}}, {{run: {{command: echo $PW}}}}]}}", []),
        (f"{{{DOCKER}, steps: [checkout, {{run: {{command: make}}}}]}}", []),
        ("{docker: [{image: a}], steps: [{run: {command: echo $PW}}]}", []),
        ("{machine: true, steps: [{run: {command: echo $PW}}]}", []),
    ],
)
def test_a_variable_of_an_image_that_nothing_else_sets_is_warned_of(job, variables):
    assert sorted(warned(job)) == sorted(variables)


def test_what_is_in_a_context_is_not_known():
    assert warned(f"{{{DOCKER}, {USES}}}", contexts=["j"]) == []
