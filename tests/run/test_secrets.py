"""Which secrets a job gets, and which of the user's variables. https://circleci.com/docs/guides/security/contexts/"""

import pytest

from ci.errors import UsageError
from ci.options.permissions import Pass
from ci.options.resolve import USER
from ci.options.table import Options
from ci.run.secrets import JobSecrets, Passed, job_secrets, passed_variables

from .runs import instance

SECRETS = JobSecrets((("A", "given"),), {"one": (("A", "1"), ("B", "1")), "two": (("B", "2"),), "none": None})


@pytest.mark.parametrize(
    ("contexts", "pairs", "absent"),
    [
        ((), (("A", "given"),), ()),
        (("one",), (("A", "1"), ("B", "1"), ("A", "given")), ()),
        (("two", "one"), (("B", "2"), ("A", "1"), ("B", "1"), ("A", "given")), ()),
        (("none", "two", "unknown"), (("B", "2"), ("A", "given")), ("none", "unknown")),
    ],
)
def test_a_job_gets_its_contexts_in_order_then_what_was_given(contexts, pairs, absent):
    job = instance("a", contexts=contexts)
    assert SECRETS.of(job) == pairs
    assert SECRETS.absent(job) == absent


def test_all_are_those_of_every_context_and_what_was_given():
    assert SECRETS.all() == (("A", "1"), ("B", "1"), ("B", "2"), ("A", "given"))


@pytest.fixture
def places(tmp_path):
    for place in ("project", "home"):
        (tmp_path / place / ".circleci" / "contexts").mkdir(parents=True)

    def write(name, text):
        file = tmp_path / name
        file.write_text(text)
        file.chmod(0o600)
        return str(file)

    def read(*contexts, **options):
        jobs = [instance("a", contexts=contexts)]
        return job_secrets(tmp_path / "project", tmp_path / "home", Options(**options), jobs)

    return write, read


def test_files_come_before_options_each_in_order(places):
    write, read = places
    files = (write("1.env", "A=1\n"), write("2.env", "A=2\nB=2\n"))
    assert read(env_files=files, env=("A=3", "C=x=y", "D=")).given == (
        ("A", "1"),
        ("A", "2"),
        ("B", "2"),
        ("A", "3"),
        ("C", "x=y"),
        ("D", ""),
    )


def test_a_context_of_the_users_home_is_read_if_it_was_allowed(places):
    write, read = places
    write("project/.circleci/contexts/ours.env", "A=1\n")
    write("home/.circleci/contexts/mine.env", "B=2\n")
    contexts = ("ours", "mine", "absent")
    assert read(*contexts).contexts == {"ours": (("A", "1"),), "mine": None, "absent": None}
    assert read(*contexts, user_contexts=("mine",)).contexts["mine"] == (("B", "2"),)


@pytest.mark.parametrize("word", ["", "=x", "1A=x", "A-B=x", "A B=x", "A-B", "1A"])
def test_an_assignment_that_is_wrong_is_an_error_that_shows_no_value(places, word):
    with pytest.raises(UsageError) as error:
        places[1](env=(word,))
    shown = repr(word.partition("=")[0])
    assert str(error.value).startswith(f"--env {shown}: it must be NAME=VALUE or NAME, of letters, digits and _")


@pytest.mark.parametrize("word", ["A_1=x", "_=x", "a=x"])
def test_letters_digits_and_underscores_make_a_name(places, word):
    assert places[1](env=(word,)).given == ((word[:-2], "x"),)


UNSET = "not passed, as your environment does not have it: UNSET (--pass)"
PASSES = (Pass("TOOL_HOME", "--pass"), Pass("API_TOKEN", "--pass"), Pass("UNSET", "--pass"))
NEVER = (Pass("CIRCLE_TOKEN", "x"), Pass("SSH_AUTH_SOCK", "x"))
ENVIRON = {"TOOL_HOME": "/tool", "API_TOKEN": "hunter22", "CIRCLE_TOKEN": "t", "SSH_AUTH_SOCK": "s"}


@pytest.mark.parametrize(
    ("passes", "passed"),
    [
        ((), Passed()),
        (PASSES[2:], Passed((), (UNSET,))),
        (
            (Pass("UNSET", "run 20261127-015500-bef271"),),
            Passed((), (UNSET.replace("--pass", "run 20261127-015500-bef271"),)),
        ),
        ((Pass("UNSET", USER),), Passed()),
        (
            PASSES,
            Passed(
                (("TOOL_HOME", "/tool"), ("API_TOKEN", "hunter22")),
                ("passed from your environment: TOOL_HOME (--pass), API_TOKEN (--pass, masked)", UNSET),
            ),
        ),
        (NEVER, Passed((), ("never passed: CIRCLE_TOKEN, SSH_AUTH_SOCK",))),
        (
            (PASSES[0], NEVER[0]),
            Passed(
                (("TOOL_HOME", "/tool"),),
                ("passed from your environment: TOOL_HOME (--pass)", "never passed: CIRCLE_TOKEN"),
            ),
        ),
    ],
)
def test_variables_pass_if_they_are_set_and_tokens_never(passes, passed):
    assert passed_variables(passes, ENVIRON) == passed


def test_passed_variables_with_a_secrets_name_are_masked():
    assert passed_variables(PASSES, ENVIRON).masked == ("hunter22",)
