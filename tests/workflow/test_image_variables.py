"""Which variables a step uses that only an image's ``environment`` sets."""

import pytest

from ci.errors import Position
from ci.workflow.image_variables import unseen_by_programs, unset_in
from ci.workflow.model import Image, Job, Run

HERE = Position("config.yml", 1, 1)


def unset(text, *others, image=("PGUSER",), job=(), step=(), known=()):
    run = Run(HERE, "s", text, environment=tuple((name, "x") for name in step))
    steps = (run, *(Run(HERE, "o", other) for other in others))
    first, second = Image("a/b", HERE), Image("c/d", HERE, environment=tuple((name, "x") for name in image))
    variables = tuple((name, "x") for name in job)
    return unset_in(run, Job("j", HERE, steps, "docker", (first, second), environment=variables), known)


@pytest.mark.parametrize(
    "text", ["psql -U $PGUSER", 'psql "${PGUSER}"', "echo ${PGUSER:-x}", "echo ${#PGUSER}", "printenv PGUSER"]
)
def test_a_variable_of_an_image_alone_that_a_step_expands_is_found(text):
    assert unset(text) == ("PGUSER",)


@pytest.mark.parametrize("text", ["echo PGUSER", "echo $PGUSERNAME", r"echo \$PGUSER", "echo $1", ""])
def test_text_that_does_not_expand_it_does_not_use_it(text):
    assert unset(text) == ()


@pytest.mark.parametrize("more", [{"job": ["PGUSER"]}, {"step": ["PGUSER"]}, {"known": ["PGUSER"]}])
def test_a_variable_that_is_set_elsewhere_too_is_none(more):
    assert unset("echo $PGUSER", **more) == ()


@pytest.mark.parametrize(
    "text",
    [
        "PGUSER=me",
        "export A=1 PGUSER=me",
        'echo "export PGUSER=me" >> "$BASH_ENV"',
        "for PGUSER in a b; do :; done",
        "read -r PGUSER <file",
        ': "${PGUSER:=me}"',
    ],
)
def test_a_variable_that_a_step_assigns_is_none(text):
    assert unset("echo $PGUSER", text) == ()


def test_a_variable_of_another_name_in_an_assignment_does_not_set_it():
    assert unset("echo $PGUSER", "MY_PGUSER=me; x=$PGUSER") == ("PGUSER",)


def unseen(image, *texts, job=(), known=()):
    steps = tuple(Run(HERE, "s", text) for text in texts)
    first, second = Image("a/b", HERE, environment=image), Image("c/d", HERE, environment=(("PGUSER", "x"),))
    body = Job("j", HERE, steps, "docker", (first, second), environment=tuple((name, "x") for name in job))
    return unseen_by_programs(steps[0], body, known)


def test_a_program_may_want_a_variable_of_the_primary_image_that_no_text_names():
    assert unseen((("TOXENV", "py311"), ("CI", "1")), "tox run", known=["CI"]) == ("TOXENV",)


@pytest.mark.parametrize("more", [{"job": ["TOXENV"]}, {"known": ["TOXENV"]}])
def test_no_program_misses_a_variable_that_is_set_elsewhere_too(more):
    assert unseen((("TOXENV", "py311"),), "tox run", **more) == ()


def test_no_program_misses_a_variable_that_a_step_assigns():
    assert unseen((("TOXENV", "py311"),), "tox run", "echo export TOXENV=py310 >> $BASH_ENV") == ()
