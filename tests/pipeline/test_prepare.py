"""Whole runs of small projects: exit status, what is on the screen, what is on disk, what a job finds."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time

import pytest

from ..projects import ROOT, make_project

D = "docker: [{image: a/b}]"


def config(jobs, workflow):
    return f"version: 2.1\njobs:\n{jobs}\nworkflows:\n  w:\n    jobs: {workflow}\n"


def job(name, *steps, extra=""):
    lines = "".join(f"      - {step}\n" for step in steps)
    return f"  {name}:\n    {D}\n{extra}    steps:\n{lines}"


def run(text):
    return f"run: {json.dumps(text)}"


def test_exit_status_0_passed_1_failed(tmp_path):
    text = config(job("good", run("true")) + job("bad", run("exit 4")), "[good, bad]")
    project = make_project(tmp_path, text)
    assert project.run("w", "-j", "good").status == 0
    assert project.run("w").status == 1


def test_only_open_approvals_are_no_failure_and_end_their_branch_of_the_graph(tmp_path):
    text = config(
        job("build", run("true")) + job("deploy", run("echo deployed")),
        "[build, hold: {type: approval, requires: [build]}, deploy: {requires: [hold]}]",
    )
    project = make_project(tmp_path, text)
    waiting = project.run("w")
    assert waiting.status == 0
    assert waiting.jobs() == {"build": "success", "hold": "on_hold", "deploy": "not_run"}
    assert "--approve" in waiting.finish("hold")["reason"]
    assert waiting.finish("deploy")["reason"] == "skipped because hold waits for approval"
    for name in ("hold", "all"):
        approved = project.run("w", "--approve", name)
        assert approved.jobs() == {"build": "success", "hold": "success", "deploy": "success"}


def test_no_op_jobs_succeed_at_once_and_hold_the_graph_together(tmp_path):
    text = config(
        job("a", run("true")) + "  gate: {type: no-op}\n" + job("b", run("true")),
        "[a, gate: {requires: [a]}, b: {requires: [gate]}]",
    )
    assert make_project(tmp_path, text).run("w").jobs() == {"a": "success", "gate": "success", "b": "success"}


def test_jobs_run_in_dependency_order_one_after_another(tmp_path):
    text = config(job("c", run("true")) + job("a", run("true")) + job("b", run("true")),
                  "[c: {requires: [b]}, a, b: {requires: [a]}]")  # fmt: skip
    events = make_project(tmp_path, text).run("w").events
    assert [event["job"] for event in events if event["event"] == "job.start"] == ["a", "b", "c"]


def test_a_job_brings_its_parents_and_no_parents_leaves_them(tmp_path):
    text = config(job("a", run("true")) + job("b", run("true")) + job("c", run("true")), "[a, b: {requires: [a]}, c]")
    project = make_project(tmp_path, text)
    assert list(project.run("w", "-j", "b").jobs()) == ["a", "b"]
    assert list(project.run("w", "-j", "b", "--no-parents").jobs()) == ["b"]


def test_dry_run_shows_what_would_run_and_runs_nothing(tmp_path):
    text = config(job("a", run("touch /tmp/never")) + job("b", run("true")), "[a, b: {requires: [a]}]")
    result = make_project(tmp_path, text).ci("run", "w", "--dry-run", "--engine", "host")
    assert result.status == 0
    assert re.search(r"1\. a: on a/b\n +touch /tmp/never  \(\.circleci/config\.yml:6:9\)", result.stdout)
    assert "2. b: on a/b, after a" in result.stdout
    assert not (tmp_path / ".nox").exists()


def test_the_run_folder_has_what_the_documentation_promises(tmp_path):
    text = config(
        job("my job", "checkout", run("echo seen; mkdir out; echo content > out/file"),
            "store_artifacts: {path: out, destination: here}"),
        "[my job]",
    )  # fmt: skip
    project = make_project(tmp_path, text)
    result = project.run("w")
    assert result.status == 0
    state = tmp_path / ".nox" / "ci"
    assert (state / ".gitignore").read_text() == "*\n"
    assert (state / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    [folder] = (state / "runs").glob("2*")
    assert "seen\n" in (folder / "log" / "my job.log").read_text()
    assert (folder / "artifacts" / "my job" / "here" / "file").read_text() == "content\n"
    assert json.loads((folder / "events.jsonl").read_text().splitlines()[0])["event"] == "run.start"
    assert (folder / "config.yml").read_text().startswith("version: 2\n")
    assert project.git("status", "--porcelain") == ""


def test_the_console_without_a_terminal_has_no_colour_and_reports_each_jobs_start_and_end(tmp_path):
    text = config(job("good", run("echo fine")) + job("bad", run("echo oops; exit 7")), "[good, bad]")
    result = make_project(tmp_path, text).ci("run", "w", "--engine", "host")
    assert result.status == 1
    assert "\x1b" not in result.stdout
    for line in ("good on a/b", "good success in", "bad on a/b", "bad failed in", "oops"):
        assert line in result.stdout
    assert ".circleci/config.yml:10:9: step 'echo oops; exit 7' failed with exit status 7" in result.stdout


def test_a_failed_steps_output_is_shown_even_when_quiet(tmp_path):
    text = config(job("bad", run("echo good output"), run("echo oops; exit 7")), "[bad]")
    result = make_project(tmp_path, text).ci("run", "w", "--engine", "host", "-q")
    assert "oops" in result.stdout
    assert "good output" not in result.stdout


def test_with_parallel_jobs_overlap(tmp_path):
    # Each waits for the other's mark: only jobs that run at the same time can both pass.
    meet = "touch {0}/{1}; for i in $(seq 1200); do [ -e {0}/{2} ] && exit 0; sleep 0.05; done; exit 1"
    text = config(
        job("a", run(meet.format(tmp_path, "ma", "mb"))) + job("b", run(meet.format(tmp_path, "mb", "ma"))), "[a, b]"
    )
    assert make_project(tmp_path / "p", text).run("w", "--parallel", "--share", str(tmp_path)).jobs() == {
        "a": "success",
        "b": "success",
    }


def test_fail_fast_ends_the_run_at_the_first_failure(tmp_path):
    text = config(job("bad", run("false")) + job("later", run("true")), "[bad, later]")
    assert make_project(tmp_path, text).run("w", "--fail-fast").jobs() == {"bad": "failed", "later": "canceled"}


def test_jobs_of_one_serial_group_do_not_overlap(tmp_path):
    one = f"mkdir {tmp_path}/busy && sleep 0.3 && rmdir {tmp_path}/busy"
    text = config(job("a", run(one)) + job("b", run(one)), "[a: {serial-group: g}, b: {serial-group: g}]")
    result = make_project(tmp_path / "p", text).run("w", "--parallel", "--share", str(tmp_path))
    assert result.jobs() == {"a": "success", "b": "success"}


def test_a_workflows_max_auto_reruns_runs_what_failed_again_and_what_is_behind_it(tmp_path):
    flaky = f"echo once >> {tmp_path}/tries; test $(wc -l < {tmp_path}/tries) = 2"
    jobs = job("good", run(f"echo x >> {tmp_path}/good")) + job("flaky", run(flaky)) + job("after", run("true"))
    text = config(jobs, "[good, flaky, after: {requires: [flaky]}]")
    text = text.replace("  w:\n", "  w:\n    max_auto_reruns: 2\n")
    result = make_project(tmp_path / "p", text).run("w", "--share", str(tmp_path))
    assert result.status == 0
    assert result.jobs() == {"good": "success", "flaky": "success", "after": "success"}
    assert (tmp_path / "good").read_text() == "x\n"


def test_a_job_finds_a_home_and_environment_of_its_own(tmp_path):
    text = config(job("env", run("env; pwd; ls -A; ls -A ~")), "[env]")
    project = make_project(tmp_path, text)
    secret = {"CIRCLE_TOKEN": "token-of-mine", "MY_VARIABLE": "mine", "SSH_AUTH_SOCK": "/tmp/agent"}
    result = project.run("w", "--pass-env", "CIRCLE_TOKEN", **secret)
    output = result.output("env")
    assert "token-of-mine" not in output
    assert "MY_VARIABLE" not in output
    assert "SSH_AUTH_SOCK" not in output
    assert f"HOME={os.environ['HOME']}\n" not in output
    assert "CI=true\nCIRCLECI=true\n" in "\n".join(sorted(output.splitlines())) + "\n" or "CIRCLECI=true" in output
    assert "MY_VARIABLE=mine" in project.run("w", "--pass-env", "MY_VARIABLE", **secret).output("env")


def test_a_folder_that_a_variable_names_is_itself_on_this_machine(tmp_path):
    project = make_project(tmp_path / "project", config(job("env", run("echo $OTHER")), "[env]"))
    project.write("pyproject.toml", '[tool.nox-circleci]\npass-folder = ["OTHER"]\n')
    (tmp_path / "other").mkdir()
    assert project.run("w", OTHER=f"{tmp_path}/other", NOX_CIRCLECI_TRUST="1").output("env") == f"{tmp_path}/other\n"


def test_what_circleci_defines_is_there(tmp_path):
    text = config(job("vars", run("env")), "[vars]")
    project = make_project(tmp_path, text)
    project.git("remote", "add", "origin", "git@github.com:someone/something.git")
    found = dict(line.split("=", 1) for line in project.run("w").output("vars").splitlines() if "=" in line)
    expected = {
        "CI": "true",
        "CIRCLECI": "true",
        "CIRCLE_BRANCH": "main",
        "CIRCLE_JOB": "vars",
        "CIRCLE_NODE_INDEX": "0",
        "CIRCLE_NODE_TOTAL": "1",
        "CIRCLE_PROJECT_REPONAME": "something",
        "CIRCLE_PROJECT_USERNAME": "someone",
        "CIRCLE_SHA1": project.git("rev-parse", "HEAD").strip(),
        "CIRCLE_WORKING_DIRECTORY": "~/project",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert found["BASH_ENV"] == found["CIRCLE_SHELL_ENV"]
    assert re.fullmatch(r"[0-9a-f-]{36}", found["CIRCLE_WORKFLOW_ID"])
    assert "CIRCLE_TAG" not in found


def test_a_tag_means_no_branch(tmp_path):
    text = config(job("t", run("echo tag=$CIRCLE_TAG branch=$CIRCLE_BRANCH.")), "[t: {filters: {tags: {only: /.*/}}}]")
    assert "tag=v1 branch=.\n" in make_project(tmp_path, text).run("w", "--tag", "v1").output("t")


def test_secrets_are_masked_on_the_console_in_logs_and_in_events(tmp_path):
    text = config(job("s", run("echo $TOKEN; printf hun; sleep 0.1; printf 'ter22\\n'; echo $SHORT")), "[s]")
    project = make_project(tmp_path, text)
    shown = project.ci("run", "w", "--engine", "host", "--env", "TOKEN=hunter22", "--env", "SHORT=abc")
    assert shown.status == 0
    assert "****" in shown.stdout
    assert "abc" in shown.stdout
    kept = [path for path in (tmp_path / ".nox").rglob("*") if path.is_file()]
    assert len(kept) > 4
    assert "hunter22" not in shown.stdout
    assert not [path for path in kept if b"hunter22" in path.read_bytes()]


def test_the_users_checkout_is_not_written_to(tmp_path):
    text = config(job("w", "checkout", run("echo changed > kept; echo new > new; git commit -qam x || true")), "[w]")
    project = make_project(tmp_path, text, kept="mine\n")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert project.run("w").status == 0
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")
             if path.is_file() and ".nox" not in path.parts}  # fmt: skip
    assert after == before


def test_two_runs_at_once_do_not_disturb_each_other(tmp_path):
    text = config(
        job("a", run("echo $RANDOM$RANDOM > own; sleep 0.3"), "persist_to_workspace: {root: ., paths: [own]}")
        + job("b", "attach_workspace: {at: .}", run("test -s own; ls | wc -l")),
        "[a, b: {requires: [a]}]",
    )
    project = make_project(tmp_path, text)
    words = [sys.executable, "-m", "ci", "run", "w", "--engine", "host"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen(words, cwd=tmp_path, env=variables, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    folders = list((tmp_path / ".nox" / "ci" / "runs").glob("2*"))
    assert len(folders) == 2
    assert project.git("status", "--porcelain") == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_with_130_and_leaves_nothing(tmp_path, number):
    marker = f"{time.time_ns()}"
    text = config(job("slow", run(f"sleep 100.{marker} & sleep 100.{marker}")), "[slow]")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    make_project(tmp_path / "p", text)
    process = subprocess.Popen(
        [sys.executable, "-m", "ci", "run", "w", "--engine", "host"],
        cwd=tmp_path / "p",
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: running(marker), "the step never started")
    process.send_signal(number)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "canceled" in out
    assert not running(marker)
    assert os.listdir(temporary) == []


def test_a_killed_run_leaves_no_process_and_the_next_one_cleans_up(tmp_path):
    marker = f"{time.time_ns()}"
    text = config(job("slow", run(f"sleep 100.{marker}")) + job("quick", run("true")), "[slow, quick]")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    project = make_project(tmp_path / "p", text)
    process = subprocess.Popen(
        [sys.executable, "-m", "ci", "run", "w", "--engine", "host"],
        cwd=project.path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
    )
    wait_for(lambda: running(marker), "the step never started")
    process.kill()
    process.wait()
    wait_for(lambda: not running(marker), "the step outlived its run")
    assert project.run("w", "-j", "quick", TMPDIR=str(temporary)).status == 0
    assert os.listdir(temporary) == []


def running(marker):
    done = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line.startswith(f"sleep 100.{marker}")]


def wait_for(condition, message, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, message
        time.sleep(0.05)


def test_old_runs_are_pruned_by_number(tmp_path):
    project = make_project(tmp_path, config(job("a", run("true")), "[a]"))
    old = tmp_path / ".nox" / "ci" / "runs"
    for number in range(25):
        (old / f"20200101-0000{number:02}-aaaaaa").mkdir(parents=True)
    assert project.run("w").status == 0
    names = sorted(path.name for path in old.glob("2*"))
    assert len(names) == 20
    assert names[0] == "20200101-000006-aaaaaa"


def test_clean_removes_runs_and_cache(tmp_path):
    project = make_project(tmp_path, config(job("a", run("true")), "[a]"))
    assert project.run("w").status == 0
    assert project.ci("clean").stdout.startswith("removed run ")
    assert list((tmp_path / ".nox" / "ci" / "runs").glob("2*")) == []


@pytest.mark.parametrize("option", ["", "--json", "-v --parallel"])
def test_a_run_whose_reader_goes_away_ends_as_canceled_with_a_line_that_says_why(tmp_path, option):
    jobs = job("a", run("seq 100000; sleep 30")) + job("b", run("true"))
    project = make_project(tmp_path, config(jobs, "[a, b]"))
    words = f"{sys.executable} -m ci run w --engine host {option} | head -1"
    done = subprocess.run(["bash", "-c", words], cwd=project.path, env={**os.environ, "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.stderr == "the run ends: nobody reads its output any more\n"
    record = json.loads((tmp_path / ".nox/ci/runs/last/run.json").read_text())
    assert record["result"] == "canceled"
    assert "failed" not in {each["status"] for each in record["workflows"][0]["jobs"]}


def test_secret_files_are_private(tmp_path):
    project = make_project(tmp_path, config(job("a", run("stat -c %a ~/..")), "[a]"))
    assert stat.filemode(0o40700) == "drwx------"
    assert "700" in project.run("w", "--isolation", "folder").output("a")
