"""Known failures of a revision: separated, kept in the results, and nothing else is excused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / ".circleci" / "scripts"
SUITES = Path(__file__).parents[1] / "torchserve"
CASES = {
    "good": '<testcase classname="a.b" name="good"/>',
    "bad": '<testcase classname="a.b" name="bad"><failure message="x"/></testcase>',
    "broken": '<testcase classname="" name="a.c"><error message="x"/></testcase>',
    "skipped": '<testcase classname="a.b" name="bad"><skipped/></testcase>',
}


def judged(
    tmp_path: Path, cases: str, known: str | None, status: int = 1, program: str = "pytest"
) -> tuple[int, str, str]:
    """The exit status, the output and what is kept of a suite ``unit`` with those cases."""
    results = tmp_path / "unit.xml"
    results.write_text(
        f"<testsuites><testsuite>{''.join(CASES[case] for case in cases.split())}</testsuite></testsuites>"
    )
    listed, kept = tmp_path / "known.txt", tmp_path / "kept.txt"
    if known is not None:
        listed.write_text(known)
    words = ["--program", program, "--kept", kept, "unit", str(status), listed, results]
    done = subprocess.run([sys.executable, SCRIPTS / "known_failures.py", *words], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr, kept.read_text() if kept.exists() else ""


BAD = "# of 1.0\n\nunit\ta.b::bad\tit wants the moon\n"


def test_a_known_failure_does_not_fail_the_suite_and_is_kept_with_its_reason(tmp_path):
    assert judged(tmp_path, "good bad", BAD) == (
        0,
        "known failure: a.b::bad: it wants the moon\n",
        "known\tunit\ta.b::bad\tit wants the moon\n",
    )


def test_any_other_failure_fails_it(tmp_path):
    status, output, _ = judged(tmp_path, "bad broken", BAD)
    assert (status, "failed: ::a.c" in output) == (1, True)


@pytest.mark.parametrize("known", [None, "", "other\ta.b::bad\tof another suite\n"])
def test_without_the_list_nothing_is_excused(tmp_path, known):
    assert judged(tmp_path, "good bad", known)[:2] == (1, "failed: a.b::bad\n")


def test_a_known_failure_that_passes_is_reported_and_fails_nothing(tmp_path):
    listed = BAD + "unit\ta.b::good\tonce\n"
    status, output, kept = judged(tmp_path, "good bad", listed)
    assert (status, "known failure passes: a.b::good: take it out of" in output) == (0, True)
    assert "passes\tunit\ta.b::good\tonce\n" in kept


def test_a_known_failure_that_did_not_run_has_not_passed(tmp_path):
    assert judged(tmp_path, "good skipped", BAD, status=0) == (0, "", "")


def test_a_test_that_fails_more_often_than_listed_fails_the_suite(tmp_path):
    assert judged(tmp_path, "bad bad", BAD)[0] == 1
    assert judged(tmp_path, "bad bad", BAD + "unit\ta.b::bad\tagain\n")[0] == 0


@pytest.mark.parametrize("status", [2, 3, 4, 5, 137])
def test_an_exit_status_that_failed_tests_do_not_explain_stays(tmp_path, status):
    code, output, _ = judged(tmp_path, "good bad", BAD, status)
    assert (code, f"exit status {status}, which failed tests do not explain" in output) == (status, True)
    assert judged(tmp_path, "good", BAD, 1)[0] == 1


@pytest.mark.parametrize(("status", "code"), [(2, 0), (4 + 8 + 16, 0), (1, 1), (32, 32), (4 + 32, 36)])
def test_of_pylint_only_messages_are_excused(tmp_path, status, code):
    assert judged(tmp_path, "bad", BAD, status, "pylint")[0] == code


def test_a_line_that_is_none_is_an_error_with_its_place(tmp_path):
    status, output, _ = judged(tmp_path, "bad", "unit a.b::bad for a reason\n")
    assert (status, "known.txt:1: not SUITE, tab, TEST, tab, REASON" in output) == (1, True)


def test_results_that_are_not_there_fail_the_suite(tmp_path):
    words = [sys.executable, SCRIPTS / "known_failures.py", "unit", "0", tmp_path / "known.txt", tmp_path / "none.xml"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, "its results cannot be read" in done.stdout) == (1, True)


def test_a_message_of_pylint_is_a_test_whatever_its_line(tmp_path):
    message = {"path": "ts/a.py", "line": 3, "column": 0, "obj": "C.f", "symbol": "unused", "message": "Unused"}
    (tmp_path / "in.json").write_text(json.dumps([{**message, "message-id": "W1"}]))
    words = [tmp_path / name for name in ("in.json", "out.txt", "out.xml")]
    subprocess.run([sys.executable, SCRIPTS / "pylint_results.py", *words], check=True, capture_output=True)
    assert 'classname="ts/a.py" name="C.f: unused"' in words[2].read_text()
    assert words[1].read_text() == "ts/a.py:3:0: W1: Unused (unused)\n"


SUITE = """
def test_good(): pass
def test_bad(): assert False
"""


def shell(folder: Path, body: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A job's script in source mode whose checkout is the folder, its scripts copied there."""
    scripts = folder / ".circleci/scripts"
    if not scripts.exists():
        scripts.mkdir(parents=True)
        for file in SCRIPTS.glob("[a-z]*.*"):
            (scripts / file.name).write_bytes(file.read_bytes())
        (folder / "bin").mkdir()
        (folder / "bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (folder / "bin/python").chmod(0o755)
    text = (
        f"set -euo pipefail\nsource .circleci/scripts/lib.sh\nCI_SUITES={SUITES}\nSOURCE_DIR=$PWD TORCH=none\n{body}\n"
    )
    (folder / "job.sh").write_text(text)
    values = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", **environment}
    return subprocess.run(["bash", "job.sh"], cwd=folder, env=values, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in (("ts/version.txt", "7.8.9\n"), ("unit/test_it.py", SUITE)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def listed(checkout: Path, text: str) -> None:
    folder = checkout / ".circleci/scripts/known-failures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "7.8.9.txt").write_text(text)


JOB = "part 'unit tests' upstream_pytest unit - unit; report_left_out_of $ARTIFACTS/left-out-of-unit.txt; finish"


def test_a_job_counts_known_failures_apart_and_keeps_them_in_the_results(checkout):
    assert shell(checkout, JOB).returncode == 1
    listed(checkout, "unit\tunit.test_it::test_bad\tit is false\n")
    done = shell(checkout, JOB)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unit tests: 1 known failed" in done.stdout.split("=== parts")[1]
    assert "known failures of this revision, which fail no job: 1, with reasons in artifacts/" in done.stdout
    assert "<failure" in (checkout / "test-results/unit.xml").read_text()


def test_a_job_says_that_a_known_failure_passes(checkout):
    shell(checkout, "finish || :")
    listed(checkout, "unit\tunit.test_it::test_bad\tx\nunit\tunit.test_it::test_good\tx\n")
    done = shell(checkout, JOB)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 known failed: 1 known to fail passed" in done.stdout
    assert "known failures that pass here: 1; if they do everywhere, take them out of .circleci/scripts/" in done.stdout


def test_what_wants_torch_is_left_out_by_name_and_another_module_is_a_failure(checkout):
    (checkout / "unit/test_it.py").write_text("def test_late():\n    import torchtext.none_such\n")
    (checkout / "unit/test_early.py").write_text("import captum.none_such\ndef test_never(): pass\n")
    (checkout / "unit/test_good.py").write_text("def test_good(): pass\n")
    (checkout / "unit/conftest.py").write_text(
        "import sys\nfor name in ('torchtext', 'captum', 'torchtext.none_such', 'captum.none_such'):\n"
        "    sys.modules[name] = None\n"
    )
    done = shell(checkout, JOB)
    assert done.returncode == 0, done.stdout + done.stderr
    table = done.stdout.split("=== parts")[1]
    assert "unit/test_early.py: it wants captum" in table
    assert "unit/test_it.py::test_late: it wants torchtext" in table
    (checkout / "unit/test_other.py").write_text("import no_such_module\n")
    assert shell(checkout, JOB).returncode == 1


def test_the_tools_are_those_that_the_revision_pins_if_pip_has_them(checkout):
    pip = 'pip_install() { echo "pip: $*"; [[ $* != *pylint==0* ]]; }\n'
    assert "for the revision pins none" in shell(checkout, pip + "install_pinned_tools").stdout
    (checkout / "requirements").mkdir()
    pins = checkout / "requirements/developer.txt"
    pins.write_text("-r common.txt\nmock==5.1.0\npytest==7.3.1; python_version > '3'\npylint==3.0.3 # x\nonnx==1\n")
    done = shell(checkout, pip + "install_pinned_tools")
    assert "pip: mock==5.1.0 pytest==7.3.1 pylint==3.0.3\n" in done.stdout, done.stderr
    pins.write_text("pylint==0.1\n")
    assert (
        "pip cannot install the revision's own here: pylint==0.1"
        in shell(checkout, pip + "install_pinned_tools").stdout
    )
