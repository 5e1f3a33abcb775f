"""What each kind of step does, what it says and how it ends.

https://circleci.com/docs/reference/configuration-reference/#steps
"""

import base64
import hashlib
import math
import threading
import time
from dataclasses import replace

import pytest

from ci.errors import Position
from ci.events import TestCounts
from ci.git.call import ask
from ci.git.reading import GitReading
from ci.runtime.box import Ended, StepCommand
from ci.runtime.failures import StepError
from ci.runtime.masking.stream import Masker
from ci.runtime.step_output import StepOutput
from ci.runtime.steps import JobState, StepEnd, background_end, perform, run_end, shell_words
from ci.runtime.task import Settings, WorkTree
from ci.workflow.model import (
    AddSshKeys,
    AttachWorkspace,
    Checkout,
    Image,
    PersistToWorkspace,
    RestoreCache,
    Run,
    SaveCache,
    SetupRemoteDocker,
    StoreArtifacts,
    StoreTestResults,
    Unsupported,
)
from tests.tasks import run, task

from .shell_box import ShellBox

HERE = Position("config.yml", 1, 1)
DONE = StepEnd("success")


class Bench:
    """A job in a shell box whose steps are done one by one; ``output`` is what the last one wrote."""

    def __init__(self, base, name="job", **keys):
        self.base = base
        made = task(base / name, [], **keys)
        self.box = ShellBox(base / name / "box").fill(made)
        self.state = JobState(made, self.box, Masker(), threading.Event(), math.inf, (("BASH_ENV", "/dev/null"),))
        self.output = ""

    def do(self, step):
        events = []
        self.output = ""
        end = perform(self.state, step, StepOutput("build", 1, events.append, Masker().stream()))
        self.output = "".join(event.text for event in events)
        return end


@pytest.fixture
def make(tmp_path):
    return lambda name="job", **keys: Bench(tmp_path, name, **keys)


@pytest.fixture
def bench(make):
    return make()


@pytest.mark.parametrize(
    ("ended", "end"),
    [
        (Ended(0), StepEnd("success", 0)),
        (Ended(3), StepEnd("failed", 3)),
        (Ended(0, open=True), StepEnd("success", 0, open=True)),
        (Ended(137, "canceled", True), StepEnd("canceled", 137, open=True)),
        (Ended(137, "job-time", True), StepEnd("timedout", 137, "the job's time limit was reached", True)),
        (
            Ended(137, "silence", True),
            StepEnd("timedout", 137, "Too long with no output (exceeded 10m0s): context deadline exceeded", True),
        ),
    ],
)
def test_how_a_command_ended_is_how_its_step_did(ended, end):
    assert run_end(ended, 600.0) == end


@pytest.mark.parametrize(
    ("ended", "end"),
    [
        (Ended(0), StepEnd("success", 0)),
        (Ended(0, "job-end"), StepEnd("success")),
        (Ended(137, "job-end"), StepEnd("success")),
        (Ended(3), StepEnd("failed", 3, "ended in the background, which does not fail the job")),
        (Ended(137, "silence"), StepEnd("failed", 137, "ended in the background, which does not fail the job")),
    ],
)
def test_how_a_background_command_ended_is_reported_at_the_end(ended, end):
    assert background_end(ended) == end


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("", ()),
        ("bash", ("bash",)),
        ("/bin/bash -eo pipefail", ("/bin/bash", "-eo", "pipefail")),
        ("a 'b c'", ("a", "b c")),
    ],
)
def test_a_shell_is_split_as_a_shell_does(shell, words):
    assert shell_words(shell) == words


def test_a_shell_that_is_no_command_line_is_an_error():
    with pytest.raises(StepError, match=r"^shell 'a \"b' is not a command line: No closing quotation$"):
        shell_words('a "b')


def test_a_run_step_passes_its_settings_to_the_box(bench):
    step = run(
        "true",
        shell="sh -x",
        environment=(("A", "1"),),
        working_directory="~",
        no_output_timeout=7.0,
        background=True,
    )
    bench.state.until = time.monotonic() + 500
    bench.do(step)
    bench.box.end()
    environment = (("BASH_ENV", "/dev/null"), ("A", "1"))
    home = bench.box.home
    assert bench.box.commands == [StepCommand("true", ("sh", "-x"), environment, home, 7.0, True, bench.state.until)]


@pytest.mark.parametrize(
    ("job_shell", "step_shell", "words"),
    [("", "", ("/bin/sh", "-e")), ("sh -u", "", ("sh", "-u")), ("sh -u", "sh -x", ("sh", "-x"))],
)
def test_a_steps_shell_comes_before_the_jobs_and_that_before_the_boxes(make, job_shell, step_shell, words):
    bench = make(shell=job_shell)
    bench.do(run("true", shell=step_shell))
    assert bench.box.commands[0].shell == words
    assert bench.box.commands[0].directory == bench.box.working_directory


ATTEMPTS = "echo x >>tries; test $(wc -l <tries) -ge {}"


@pytest.mark.parametrize(
    ("reruns", "needed", "end", "output"),
    [
        (0, 1, StepEnd("success", 0), ""),
        (0, 2, StepEnd("failed", 1), ""),
        (2, 2, StepEnd("success", 0), "exit status 1; running the step again, 2 left\n"),
        (
            2,
            9,
            StepEnd("failed", 1),
            "exit status 1; running the step again, 2 left\nexit status 1; running the step again, 1 left\n",
        ),
    ],
)
def test_a_step_that_fails_runs_again_as_often_as_it_says(bench, reruns, needed, end, output):
    assert bench.do(run(ATTEMPTS.format(needed), max_auto_reruns=reruns)) == end
    assert bench.output == output
    assert len(bench.box.commands) == output.count("\n") + 1


def test_a_step_that_was_silent_for_too_long_runs_again(bench):
    end = bench.do(run("sleep 300", max_auto_reruns=1, no_output_timeout=0.05))
    text = "Too long with no output (exceeded 0.05s): context deadline exceeded"
    assert end == StepEnd("timedout", -9, text)
    assert bench.output == f"{text}; running the step again, 1 left\n"


def test_a_run_that_is_ended_between_two_attempts_cancels_the_step(bench):
    bench.state.cancel.set()
    assert bench.do(run("exit 1", max_auto_reruns=5, auto_rerun_delay=300)) == StepEnd("canceled")
    assert len(bench.box.commands) == 1


def test_what_fails_while_the_run_is_ended_is_canceled(bench):
    """As where files move, which nobody waits for then."""
    impossible = run("true", shell='a "b')
    assert bench.do(impossible).status == "failed"
    bench.state.cancel.set()
    assert bench.do(impossible).status == "canceled"


def test_a_canceled_step_does_not_run_again(bench):
    bench.state.cancel.set()
    assert bench.do(run("sleep 300", max_auto_reruns=5)) == StepEnd("canceled", -9)
    assert (bench.output, len(bench.box.commands)) == ("", 1)


def test_a_failed_step_that_uses_a_variable_of_an_image_alone_says_so(make):
    images = (Image("main", HERE), Image("db", HERE, environment=(("DB_USER", "me"), ("DB_PORT", "1"))))
    message = (
        "exit status 3; $DB_USER, $DB_PORT: set by an image's environment alone, which is for that container's own"
        " program and reaches no step; set it in the job's environment"
    )
    bench = make(images=images)
    assert bench.do(run("echo $DB_USER $DB_PORT; exit 3")) == StepEnd("failed", 3, message)
    assert bench.do(run("echo $DB_USER $DB_PORT")) == StepEnd("success", 0)
    bench.state.environment = (("DB_USER", "a"),)
    bench.box.environment = (*bench.box.environment, ("DB_PORT", "2"))
    assert bench.do(run("echo $DB_USER $DB_PORT; exit 3")) == StepEnd("failed", 3)


def test_a_failed_step_whose_program_may_read_a_variable_of_the_primary_image_says_so(make):
    images = (
        Image("main", HERE, environment=(("TOXENV", "py311"), ("FOUND", "1"))),
        Image("db", HERE, environment=(("DB_USER", "me"),)),
    )
    bench = make(images=images)
    bench.state.environment = (("FOUND", "2"),)
    assert bench.do(run("exit 3")) == StepEnd(
        "failed",
        3,
        "exit status 3; a program of the step may want $TOXENV: set by an image's environment alone, which is for that"
        " container's own program and reaches no step; set it in the job's environment",
    )
    assert bench.do(run("true")) == StepEnd("success", 0)
    assert bench.do(run("exit 3", environment=(("TOXENV", "py310"),))) == StepEnd("failed", 3)
    assert bench.do(run("exit 137")) == StepEnd("failed", 137)  # killed, as where memory is short


def test_what_a_step_uses_is_noted(make):
    bench = make(work_tree=WorkTree(make("source").base, False, dirty=2))
    bench.do(run("test -t 1 || true"))
    bench.do(Unsupported(HERE, "deploy", "no deploys"))
    assert bench.state.features == [(Run, ""), ("terminal", ""), (Unsupported, "no deploys")]


def test_a_step_that_has_a_terminal_lacks_none(bench):
    bench.box.terminal = True
    bench.do(run("test -t 1 || true"))
    bench.do(RestoreCache(HERE, ("none",)))
    assert [key for key, _ in bench.state.features] == [Run, RestoreCache]


def test_a_steps_error_fails_it(bench):
    end = bench.do(PersistToWorkspace(HERE, "nowhere", ("x",)))
    assert (end.status, end.exit_status) == ("failed", None)
    assert end.message.startswith("Error locating workspace root directory")


def test_checkout_puts_the_users_files_where_it_says(make, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_text("mine")
    for path, place in (("", "project/file"), ("~/there", "there/file")):
        bench = make(f"at{path[2:]}", work_tree=WorkTree(source, False, dirty=1))
        assert bench.do(Checkout(HERE, path=path)) == DONE
        assert bench.box.read(f"{bench.box.home}/{place}") == b"mine"
        at = f"{bench.box.home}/{place}".removesuffix("/file")
        assert bench.output == f"Copying {source} to {at}: a folder, not a git repository\n"
        assert bench.state.features == [(Checkout, ""), ("dirty", "1 uncommitted file")]


def test_a_second_checkout_replaces_the_jobs_own_alone(make, tmp_path):
    (tmp_path / "source").mkdir()
    bench = make(work_tree=WorkTree(tmp_path / "source", False))
    bench.box.put("foreign", "x")
    assert bench.do(Checkout(HERE)).status == "failed"


def test_a_job_may_check_out_again_what_it_has_checked_out(make, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    ask(source, "init", "--quiet")
    (source / "file").write_text("mine")
    ask(source, "add", "file")
    ask(source, "-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "-m", "first")
    bench = make(work_tree=GitReading(source).work_tree())
    for _ in range(2):
        assert bench.do(Checkout(HERE)) == DONE
        assert bench.box.read(f"{bench.box.home}/project/file") == b"mine"


VARIABLES = (("CIRCLE_BUILD_NUM", "17"), ("BOTH", "defined"))
KEYS = [
    ("v1-{{ .Branch }}", "v1-main"),
    ("v1-{{ .Revision }}", "v1-abc"),
    ("v1-{{ .BuildNum }}", "v1-17"),
    ("v1-{{ .Environment.BOTH }}", "v1-defined"),
    ('v1-{{ checksum "lock" }}', f"v1-{base64.b64encode(hashlib.sha256(b'x').digest()).decode()}"),
]


@pytest.mark.parametrize(("written", "key"), KEYS)
def test_a_cache_that_one_job_saves_another_restores(make, written, key, tmp_path):
    work_tree = WorkTree(tmp_path, False, revision="abc", branch="main")
    keys = {"variables": VARIABLES, "secrets": (("BOTH", "secret"),), "work_tree": work_tree}
    saving, restoring = make("one", **keys), make("two", **keys)
    folders = replace(restoring.state.task.folders, cache=saving.state.task.folders.cache)
    restoring.state.task = replace(restoring.state.task, folders=folders)
    saving.box.put("kept", "x")
    for each in (saving, restoring):
        each.box.put("lock", "x")
    assert saving.do(SaveCache(HERE, written, ("kept",))) == DONE
    assert key in saving.output
    assert restoring.do(RestoreCache(HERE, ("none", written))) == DONE
    assert "No cache is found for key: none\n" in restoring.output
    assert key in restoring.output
    assert bytes(restoring.box.read(restoring.box.path("kept"))) == b"x"


def test_a_secret_in_a_cache_key_is_not_shown(make):
    bench = make(secrets=(("TOKEN", "hunter22-x"),))
    bench.box.put("kept", "x")
    bench.do(SaveCache(HERE, "v1-{{ .Environment.TOKEN }}", ("kept",)))
    assert "v1-" in bench.output
    assert "hunter22" not in bench.output
    first = bench.output
    bench.do(SaveCache(HERE, "v1-{{ .Environment.TOKEN }}", ("kept",)))
    assert "hunter22" not in bench.output
    assert bench.output != first, "the same key: it exists already"


def test_the_epoch_in_a_cache_key_is_now(bench):
    before = int(time.time())
    bench.do(RestoreCache(HERE, ("at {{ epoch }}",)))
    output = int(bench.output.split()[-1])
    assert before <= output <= time.time()


def test_what_is_persisted_is_a_layer_each(make):
    bench = make(node=1, nodes=2)
    bench.box.put("out/a", "1")
    bench.box.put("out/b", "2")
    assert bench.do(PersistToWorkspace(HERE, "out", ("a", "b"))) == DONE
    assert bench.output == "Persisted 2 files to the workspace\n"
    bench.do(PersistToWorkspace(HERE, "out", ("a",)))
    assert bench.output == "Persisted 1 file to the workspace\n"
    bench.do(PersistToWorkspace(HERE, "out", ("b",)))
    layers = bench.state.layers
    assert [(layer.job, layer.node, layer.members) for layer in layers] == [
        ("build", 1, ("a", "b")),
        ("build", 1, ("a",)),
        ("build", 1, ("b",)),
    ]
    assert [layer.archive.name for layer in layers] == ["build.0.tar", "build.0.1.tar", "build.0.2.tar"]


def test_what_was_persisted_is_attached(make):
    first = make("first")
    first.box.put("out/a", "1")
    first.do(PersistToWorkspace(HERE, "out", ("a",)))
    second = make("second", layers=(tuple(first.state.layers),))
    assert second.do(AttachWorkspace(HERE, "~/here")) == DONE
    assert second.output == f"Attached 1 file at {second.box.home}/here\n"
    assert second.box.read(f"{second.box.home}/here/a") == b"1"


def test_a_workspace_of_nothing_attaches_nothing(bench):
    assert bench.do(AttachWorkspace(HERE, ".")) == DONE
    assert bench.output == "No upstream job has persisted anything to attach\n"


def test_artifacts_are_stored_and_counted(bench):
    bench.box.put("out/a", "1")
    bench.box.put("out/b", "2")
    assert bench.do(StoreArtifacts(HERE, "out", "to")) == DONE
    assert bench.output == "Stored 2 artifacts\n"
    bench.do(StoreArtifacts(HERE, "out/a"))
    assert (bench.output, bench.state.artifacts) == ("Stored 1 artifact\n", 3)
    assert (bench.state.task.folders.artifacts / "to/a").read_text() == "1"
    assert bench.do(StoreArtifacts(HERE, "none")) == DONE
    assert (bench.output, bench.state.artifacts) == ("No artifact files found at none\n", 3)


REPORT = """<testsuite><testcase name="a" file="a.py" time="1"/><testcase name="b"><failure/></testcase>
<testcase name="c"><error/></testcase><testcase name="d"><skipped/></testcase></testsuite>"""


def test_test_results_are_counted_and_added_up(bench):
    bench.box.put("all.xml", REPORT)
    bench.box.put("one.xml", "<testsuite><testcase name='z' time='2'/></testsuite>")
    assert bench.do(StoreTestResults(HERE, "all.xml")) == DONE
    assert bench.output == "4 tests, 2 failed, 1 skipped\n"
    bench.do(StoreTestResults(HERE, "one.xml"))
    assert bench.output == "1 test, 0 failed, 0 skipped\n"
    assert bench.state.tests == TestCounts(total=5, failed=1, errors=1, skipped=1)
    assert {("filename:a.py", 1.0), ("testname:z", 2.0)} <= set(bench.state.timings)
    assert list(bench.state.task.folders.test_results.iterdir())


def test_test_results_that_are_not_there_are_warned_of(bench):
    assert bench.do(StoreTestResults(HERE, "none")) == DONE
    assert bench.output == "No test results found at none\n0 tests, 0 failed, 0 skipped\n"


def test_keys_are_those_of_an_agent_that_was_allowed(make, monkeypatch):
    kept = "additional SSH keys are kept by CircleCI; your own agent is offered with --ssh-agent"
    absent = "no SSH agent runs here (SSH_AUTH_SOCK is not set)"
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")
    bench = make()
    assert bench.do(AddSshKeys(HERE)) == StepEnd("skipped", message=kept)
    assert bench.output == f"Skipped: {kept}\n"
    bench = make("allowed", settings=Settings(bench.base, ssh_agent=True))
    assert bench.do(AddSshKeys(HERE)) == DONE
    assert bench.output == "The keys of your SSH agent are offered to the steps that follow\n"
    assert bench.state.environment == (("BASH_ENV", "/dev/null"), ("SSH_AUTH_SOCK", "/agent"))
    monkeypatch.delenv("SSH_AUTH_SOCK")
    assert bench.do(AddSshKeys(HERE)) == StepEnd("skipped", message=absent)
    assert bench.output == f"Skipped: {absent}\n"


@pytest.mark.parametrize(
    ("engine", "allowed", "offers", "status", "output"),
    [
        ("host", True, True, "skipped", "Skipped: steps use this machine's Docker engine anyway"),
        ("docker", False, True, "skipped", "Skipped: this machine's Docker engine is offered to jobs only with"),
        ("docker", True, False, "skipped", "Skipped: no Docker engine could be offered to the job: its first lines"),
        ("docker", True, True, "success", "This machine's Docker engine is offered to the steps (--allow-docker)\n"),
    ],
)
def test_a_docker_engine_is_offered_if_it_was_allowed_and_can_be(make, engine, allowed, offers, status, output):
    bench = make()
    bench.state.task = replace(bench.state.task, settings=Settings(bench.base, allow_docker=allowed))
    bench.box.engine, bench.box.offers_docker = engine, offers
    end = bench.do(SetupRemoteDocker(HERE))
    assert end.status == status
    assert bench.output.startswith(output)
    assert bench.output in (f"Skipped: {end.message}\n", output)


def test_a_step_that_cannot_be_done_here_is_skipped_and_says_why(bench):
    assert bench.do(Unsupported(HERE, "deploy", "no deploys")) == StepEnd("skipped", message="no deploys")
    assert bench.output == "Skipped: no deploys\n"
