"""``--reuse``: each change of what a job can see makes it run, one at a time; where nothing has changed it is reused.

The first run is real. Then each job of the plan is started as in a run, with an engine that only tells which it gets.
"""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from ci.events import Fidelity, Notice
from ci.options.given import parse_run
from ci.pipeline.chosen_workflow import find_workflow, selection
from ci.pipeline.load_project import load_project
from ci.pipeline.prepare import prepare
from ci.pipeline.run_mode import RunMode
from ci.project.project import find_project
from ci.run.folder import RunFolder
from ci.run.instance import run_instance
from ci.run.run_context import ActiveRun
from ci.runtime.task import Outcome
from ci.system.removal import remove_tree
from ci.workflow.plan import make_plan

from ..projects import make_project

CONFIG = """\
    version: 2.1
    parameters:
      level: {type: string, default: one}
      unused: {type: string, default: one}
    executors:
      box: {docker: [{image: nox-circleci/base}], environment: {OF_EXECUTOR: x}}
    jobs:
      all:
        executor: box
        environment: {OF_JOB: x}
        steps:
          - checkout
          - restore_cache: {keys: ["v1-{{ checksum \\"lock\\" }}", v1-]}
          - run: {name: Test, command: "cat note.txt; echo $TOKEN", environment: {OF_STEP: x}}
          - save_cache: {key: v1-saved, paths: [note.txt]}
          - run: mkdir out && cp note.txt out && ls -l
          - store_artifacts: {path: out}
      bare:
        docker: [{image: nox-circleci/base}]
        steps: [{run: echo "<< pipeline.parameters.level >>"}]
      secret: {executor: box, steps: [{run: "true"}]}
    workflows:
      w:
        jobs:
          - all: {filters: &tags {tags: {only: /.*/}}}
          - bare: {filters: *tags}
          - secret: {context: deploy, filters: *tags}
    """
SETTINGS = '[tool.nox-circleci]\nreuse-tools = ["tool"]\n'
BASE = ("--engine", "host", "--reuse", "explain", "--env", "TOKEN=s3cret-one", "--pass-env", "OF_USER")


@dataclass
class Bench:
    """A project with a run in which all jobs have passed."""

    project: object
    base: Path
    environ: dict

    def run(self, *words):
        done = self.project.ci("run", "w", *BASE, "--json", *words, **self.environ)
        assert done.status == 0, done.stdout + done.stderr
        return done

    def look_up(self, patch, *words, **environ):
        """The jobs that would run now, each with its reason."""
        for name, value in {**self.environ, **environ}.items():
            patch.setenv(name, value)
        options = parse_run([*BASE, *words], find_project(self.project.path).settings, os.environ)
        project = find_project(self.project.path)
        workflow = find_workflow(load_project(project, options).workflows(), "w")
        context = prepare(project, make_plan(workflow, selection(options)), options, RunMode())
        place, ran, events = self.base / "looked-up", [], []
        remove_tree(place)
        folder = RunFolder("99991231-000000-ffffff", place, self.base / "scratch", project.state, place)

        def run_task(task, emit, cancel):
            ran.append(task.instance.name)
            return Outcome("success", Fidelity("exact"))

        survey = context.engine.survey
        active = ActiveRun(context, run_task, folder, events.append, threading.Event(), survey)
        for instance in context.plan.instances:
            run_instance(active, instance, {})
        reasons = [each.text for each in events if isinstance(each, Notice)]
        return {name: next(each for each in reasons if each.startswith(f"{name} runs: ")) for name in ran}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    base = tmp_path_factory.mktemp("reuse")
    files = {"note.txt": "one\n", "lock": "1", "pyproject.toml": SETTINGS, ".gitignore": "ignored\n", "gone.txt": "x"}
    project = make_project(base / "p", CONFIG, **files)
    project.write("new.txt", "new\n")
    tools = base / "tools"
    tools.mkdir()
    (tools / "tool").write_text("#!/bin/sh\necho tool 1.0\n")
    (tools / "tool").chmod(0o755)
    (base / "home").mkdir()
    environ = {
        "HOME": str(base / "home"), "XDG_CACHE_HOME": str(base / "cache"), "OF_USER": "one", "NOX_CIRCLECI_TRUST": "1",
        "PATH": f"{tools}:{os.environ['PATH']}", "LANG": "C.UTF-8", "GIT_CONFIG_GLOBAL": os.devnull,
    }  # fmt: skip
    made = Bench(project, base, environ)
    made.run()
    made.run()  # with the cache that the first one has saved
    return made


def write(name, text):
    def change(bench):
        place = bench.project.path / name
        before = place.read_text() if place.exists() else None
        bench.project.write(name, text)
        return lambda: place.unlink() if before is None else place.write_text(before)

    return change


def in_config(old, new):
    def change(bench):
        place = bench.project.path / ".circleci/config.yml"
        before = place.read_text()
        assert old in before
        place.write_text(before.replace(old, new))
        return lambda: place.write_text(before)

    return change


def remove(name):
    def change(bench):
        place = bench.project.path / name
        before = place.read_text()
        place.unlink()
        return lambda: place.write_text(before)

    return change


def executable(bench):
    place = bench.project.path / "new.txt"
    place.chmod(0o755)
    return lambda: place.chmod(0o644)


def linked(bench):
    place = bench.project.path / "new.txt"
    place.unlink()
    place.symlink_to("note.txt")

    def undo():
        place.unlink()
        place.write_text("new\n")

    return undo


def git(do, *undo):
    def change(bench):
        bench.project.git(*do)
        return lambda: bench.project.git(*undo)

    return change


def commit(bench):
    bench.project.git("commit", "-q", "--allow-empty", "-m", "nothing new")
    return lambda: bench.project.git("reset", "-q", "--soft", "HEAD^")


def tool(text):
    def change(bench):
        place = bench.base / "tools/tool"
        before, times = place.read_text(), place.stat()
        place.write_text(text)

        def undo():
            place.write_text(before)
            os.utime(place, ns=(times.st_mtime_ns, times.st_mtime_ns))

        return undo

    return change


def another_tool(bench):
    (bench.base / "earlier").mkdir()
    (bench.base / "earlier/tool").write_text("#!/bin/sh\necho tool 1.0\n")
    (bench.base / "earlier/tool").chmod(0o755)
    return lambda: remove_tree(bench.base / "earlier")


def caches(entry):
    def change(bench):
        store = bench.project.path / ".nox/ci/cache"
        away = bench.base / "cache-away"
        os.rename(store, away)
        assert entry == "none"

        def undo():
            if store.exists():
                remove_tree(store)
            os.rename(away, store)

        return undo

    return change


def package(bench):
    import ci.pipeline.reused_jobs as module

    before = module.own_version
    module.own_version = lambda: "99.0"
    return lambda: setattr(module, "own_version", before)


def nothing(bench):
    return lambda: None


ALL, BOTH = {"all"}, {"all", "bare"}
CHANGES = {
    "a tracked file": (write("note.txt", "two\n"), (), {}, ALL, "files: note.txt"),
    "a new file": (write("more.txt", ""), (), {}, ALL, "files: more.txt"),
    "a new file in a new folder": (write("deep/er/more.txt", ""), (), {}, ALL, "files: deep/er/more.txt"),
    "a file that is not committed": (write("new.txt", "other\n"), (), {}, ALL, "files: new.txt"),
    "a file that is not committed goes": (remove("new.txt"), (), {}, ALL, "files: new.txt"),
    "a removed file": (remove("gone.txt"), (), {}, ALL, "files: gone.txt"),
    "a file's permissions": (executable, (), {}, ALL, "files: new.txt"),
    "a link in a file's place": (linked, (), {}, ALL, "files: new.txt"),
    "what is ignored": (write(".gitignore", ""), (), {}, ALL, "files: .gitignore"),
    "a tag of another commit": (git(("tag", "v9", "HEAD^{tree}"), "tag", "-d", "v9"), (), {}, ALL, "refs/tags/v9"),
    "another branch": (git(("branch", "more"), "branch", "-D", "more"), (), {}, ALL, "refs/heads/more"),
    "a remote": (git(("remote", "add", "up", "https://example.com/a"), "remote", "remove", "up"), (), {}, ALL,
                 "repository: settings"),
    "a commit": (commit, (), {}, BOTH, "CIRCLE_SHA1"),
    "the branch": (nothing, ("--branch", "other"), {}, BOTH, "CIRCLE_BRANCH"),
    "the tag": (nothing, ("--tag", "v1"), {}, BOTH, "CIRCLE_BRANCH, CIRCLE_TAG"),
    "the origin": (git(("remote", "add", "origin", "https://github.com/a/b.git"), "remote", "remove", "origin"), (), {},
                   BOTH, "CIRCLE_PROJECT_ID"),
    "a step's command": (in_config("cat note.txt", "cat ./note.txt"), (), {}, ALL, "steps: 3 'Test'"),
    "a step's environment": (in_config("OF_STEP: x", "OF_STEP: z"), (), {}, ALL, "steps: 3 'Test'"),
    "the job's environment": (in_config("OF_JOB: x", "OF_JOB: z"), (), {}, ALL, "environment: OF_JOB"),
    "the executor's environment": (in_config("OF_EXECUTOR: x", "OF_EXECUTOR: z"), (), {}, ALL, "OF_EXECUTOR"),
    "the image's name": (in_config("box: {docker: [{image: nox-circleci/base}]", "box: {docker: [{image: other}]"), (),
                         {}, ALL, "executor: image 1"),
    "the resource class": (in_config("executor: box\n    env", "executor: box\n    resource_class: large\n    env"),
                           (), {}, ALL, "resource_class"),
    "the shell": (in_config("executor: box\n    env", "executor: box\n    shell: sh\n    env"), (), {}, ALL,
                  "executor: shell"),
    "the artifacts' path": (in_config("{path: out}", "{path: note.txt}"), (), {}, ALL, "6 'Uploading artifacts'"),
    "a parameter's value in a step": (nothing, ("--param", "level=two"), {}, BOTH, "pipeline parameters: level"),
    "a parameter's default": (in_config("level: {type: string, default: one}", "level: {type: string, default: 1a}"),
                              (), {}, BOTH, "changed since"),
    "a parameter that no step names": (nothing, ("--param", "unused=two"), {}, BOTH, "pipeline parameters: unused"),
    "a value of --env": (nothing, ("--env", "TOKEN=s3cret-two"), {}, BOTH, "variables given: TOKEN"),
    "one more of --env": (nothing, ("--env", "MORE="), {}, BOTH, "variables given: MORE"),
    "a variable of --pass-env": (nothing, (), {"OF_USER": "two"}, BOTH, "variables passed: OF_USER"),
    "one more of --pass-env": (nothing, ("--pass-env", "ANOTHER"), {"ANOTHER": "1"}, BOTH, "variables passed: ANOTHER"),
    "the locale": (nothing, (), {"LANG": "C"}, BOTH, "variable LANG"),
    "the time zone": (nothing, (), {"TZ": "Asia/Tokyo"}, BOTH, "variable TZ"),
    "the proxy": (nothing, (), {"https_proxy": "http://localhost:9"}, BOTH, "variable https_proxy"),
    "a tool's version": (tool("#!/bin/sh\necho tool 2.0\n"), (), {}, BOTH, "command tool"),
    "a tool's file": (tool("#!/bin/sh\n\necho tool 1.0\n"), (), {}, BOTH, "command tool"),
    "a tool's place": (another_tool, (), {"PATH": "{base}/earlier:{base}/tools:" + os.environ["PATH"]}, BOTH,
                       "command tool"),
    "one more tool": (nothing, ("--reuse-tools", "sh"), {}, BOTH, "command sh"),
    "the isolation": (nothing, ("--isolation", "folder"), {}, BOTH, "options: isolation"),
    "a terminal": (nothing, ("--tty",), {}, BOTH, "options: tty"),
    "the platform of images": (nothing, ("--platform", "linux/arm64"), {}, BOTH, "options: platform"),
    "the caches": (caches("none"), (), {}, ALL, "caches: restored"),
    "this program's version": (package, (), {}, BOTH, "package: version"),
    "a folder of the user's": (nothing, ("--share", "/opt"), {}, BOTH, "it gets folders of yours"),
    "steps that are left out": (nothing, ("-j", "all", "--from", "2"), {}, ALL, "steps of it are left out"),
}  # fmt: skip
SECRET = {"secret": "secret runs: it has the context deploy"}


def test_the_table_has_at_least_thirty_kinds_of_change():
    assert len(CHANGES) >= 30


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_makes_the_jobs_run_that_see_it_and_its_end_lets_them_be_reused(bench, monkeypatch, name):
    change, words, environ, jobs, reason = CHANGES[name]
    environ = {key: value.replace("{base}", str(bench.base)) for key, value in environ.items()}
    undo = change(bench)
    try:
        with monkeypatch.context() as patch:
            found = bench.look_up(patch, *words, **environ)
    finally:
        undo()
    assert found.keys() - {"secret"} == jobs
    assert all(reason in found[job] for job in jobs), found
    assert "s3cret" not in str(found)
    with monkeypatch.context() as patch:
        assert bench.look_up(patch) == SECRET, "unchanged again"


def test_a_parameters_value_in_a_step_counts_whatever_it_comes_from(bench, monkeypatch):
    undo = in_config("level: {type: string, default: one}", "level: {type: string, default: two}")(bench)
    with monkeypatch.context() as patch:
        found = bench.look_up(patch)
    undo()
    assert "steps: 1" in found["bare"]


UNCHANGED = {
    "an ignored file": write("ignored", "x"),
    "a comment in the config": in_config("    jobs:\n", "    # more\n    jobs:\n"),
    "another run": lambda bench: bench.run("-j", "bare", "--reuse", "off") and (lambda: None),
    "where a step stands": in_config("version: 2.1\n", "\n\nversion: 2.1\n"),
}


@pytest.mark.parametrize("name", ["an ignored file", "another run"])
def test_what_a_job_cannot_see_does_not_count(bench, monkeypatch, name):
    undo = UNCHANGED[name](bench)
    with monkeypatch.context() as patch:
        found = bench.look_up(patch)
    undo()
    assert found == SECRET


@pytest.mark.parametrize("name", ["a comment in the config", "where a step stands"])
def test_the_config_counts_as_a_file_for_a_job_that_checks_out_and_only_as_what_it_says_for_others(
    bench, monkeypatch, name
):
    undo = UNCHANGED[name](bench)
    with monkeypatch.context() as patch:
        found = bench.look_up(patch)
    undo()
    assert found.keys() == {"secret", "all"}
    assert found["all"].endswith("files: .circleci/config.yml")
