"""The command that runs failed jobs again."""

import sys

import pytest

from ci.options.table import Options
from ci.pipeline.rerun_command import kept, rerun_command


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ([], []),
        (["-j", "a", "--job=b", "-jc", "--engine", "host"], ["--engine", "host"]),
        (["-e", "py3", "--executor=py2", "--executor", "py4", "--param", "a=b"], ["--param", "a=b"]),
        (["--parallel", "4", "--tag", "v1"], ["--tag", "v1"]),
        (["--parallel", "--tag", "v1"], ["--tag", "v1"]),
        (["--parallel", "-j", "a", "--tag", "v1"], ["--tag", "v1"]),
        (["--tag", "v1", "--parallel"], ["--tag", "v1"]),
        (["-q", "-v", "--json", "--fail-fast", "--env-file", "x", "--no-parents"], ["--env-file", "x", "--no-parents"]),
    ],
)
def test_other_jobs_and_what_is_shown_are_left_out(typed, left):
    assert list(kept(typed)) == left


def test_a_command_line_is_typed_again_with_the_jobs(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/x/ci/__main__.py", "run", "smoke", "--engine", "host", "-q"])
    assert rerun_command("smoke", ["a b", "c"], Options()) == "python -m ci run smoke -j 'a b' -j c --engine host"


def test_of_many_jobs_the_first_shows_the_failure(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/x/nox-circleci", "run", "smoke"])
    jobs = [f"t-{number}" for number in range(30)]
    assert rerun_command("smoke", jobs, Options()) == "nox-circleci run smoke -j t-0"


def test_under_nox_it_is_the_workflows_session(monkeypatch):
    argv = ["nox", "-f", "x/noxfile.py", "-s", "smoke-build", "--", "-e", "py3", "--engine", "docker"]
    monkeypatch.setattr(sys, "argv", argv)
    found = rerun_command("smoke", ["build-py3"], Options(noxfile="x")).partition(" ")[2]
    assert found == "-f x/noxfile.py -s smoke -- -j build-py3 --engine docker"


def test_a_job_that_no_option_can_choose_is_run_by_the_same_command(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/x/nox-circleci", "run", "-j", "a", "--job-param", "b=c"])
    assert rerun_command("w", ["a"], Options()) == "nox-circleci run -j a --job-param b=c"
    monkeypatch.setattr(sys, "argv", ["nox", "-s", "setup", "--", "-q"])
    found = rerun_command("w", ["a"], Options(noxfile="x"), callable_by_name=False)
    assert found.endswith("nox -s setup -- -q")


def test_a_job_that_was_prepared_for_a_shell_is_prepared_again(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["nox", "-s", "shell", "--", "a", "--prepare", "--step", "3"])
    assert rerun_command("w", ["a"], Options(noxfile="x")).endswith("nox -s shell -- a --prepare --step 3")


def test_under_nox_a_rerun_is_typed_again_as_it_has_the_options_of_the_run_before(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["nox", "-f", "x/noxfile.py", "-s", "rerun", "--", "-1"])
    assert rerun_command("w", ["a"], Options(noxfile="x")).endswith("nox -f x/noxfile.py -s rerun -- -1")


def test_values_of_secret_variables_are_left_out(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/x/nox-circleci", "run", "w", "--env", "TOKEN=hunter2", "--env=A=b"])
    found = rerun_command("w", ["a"], Options(env=("TOKEN=hunter2", "A=b")))
    assert found == "nox-circleci run w -j a --env TOKEN=... --env=A=..."
