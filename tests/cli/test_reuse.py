"""``--reuse`` and ``--reuse-parents`` in real runs: what is reused is there as if it had run, and nothing forged is."""

import json
import os
import shutil
import subprocess

import pytest

from tests.projects import make_project

from ..engine_params import ENGINES

IMAGE = "nox-circleci/base"
CONFIG = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps:
          - checkout
          - run: mkdir -p out results && head -1 note.txt >out/built
          - run: echo '<testsuite><testcase classname="a" name="b"/></testsuite>' >results/junit.xml
          - persist_to_workspace: {root: out, paths: [built]}
          - store_artifacts: {path: out}
          - store_test_results: {path: results}
      test:
        docker: [{image: nox-circleci/base}]
        steps:
          - attach_workspace: {at: /tmp/ws}
          - run: {name: Test, command: "cat /tmp/ws/built; test ! -e /tmp/ws/bad"}
          - persist_to_workspace: {root: /tmp/ws, paths: [.]}
      last:
        docker: [{image: nox-circleci/base}]
        steps: [{attach_workspace: {at: /tmp/ws}}, {run: "cat /tmp/ws/built; echo $ONLY_HERE"}]
    workflows:
      w: {jobs: [build, {test: {requires: [build]}}, {last: {requires: [test]}}]}
    """
TOOLS = '[tool.nox-circleci]\nreuse-tools = ["sh"]\n'


class Reuses:
    def __init__(self, project, engine, cache):
        self.project, self.engine = project, engine
        self.environ = {"XDG_CACHE_HOME": str(cache), "NOX_CIRCLECI_TRUST": "1"}

    def run(self, *words, **environ):
        return self.project.ci("run", "w", "--engine", self.engine, "--json", *words, **{**self.environ, **environ})

    def reuse(self, *words, **environ):
        return self.run("--reuse=explain", *words, **environ)

    @property
    def last(self):
        return self.project.path / ".nox/ci/runs/last"

    @property
    def jobs(self):
        record = json.loads((self.last / "run.json").read_text())
        return {each["name"]: each for each in record["workflows"][0]["jobs"]}


def ran(done):
    return [each["job"] for each in done.events if each["event"] == "job.start"]


def said(done):
    return [each["text"] for each in done.events if each["event"] == "notice"]


def made(folder, engine):
    files = {"note.txt": "first\n", "pyproject.toml": TOOLS}
    return Reuses(make_project(folder / "p", CONFIG, **files), engine, folder / "cache")


@pytest.fixture(params=ENGINES)
def reuses(request, tmp_path):
    found = made(tmp_path, request.param)
    if request.param == "kubernetes":  # whose nodes alone know what a tag names at the time
        cluster = request.getfixturevalue("cluster")
        found.project.write(".circleci/config.yml", CONFIG.replace(IMAGE, f'"{cluster.by_digest(IMAGE)}"'))
    return found


@pytest.fixture
def here(tmp_path):
    return made(tmp_path, "host")


def test_what_is_unchanged_is_reused_with_all_that_it_has_left_and_a_parents_new_layer_makes_its_children_run(reuses):
    first = reuses.run()
    assert (first.status, ran(first)) == (0, ["build", "test", "last"]), first.stdout + first.stderr
    run = first.first("run.start")["run"]

    again = reuses.reuse()
    assert (again.status, ran(again)) == (0, []), again.stdout + again.stderr
    assert again.finish("build")["reason"] == f"reused from run {run}"
    assert {each["from_run"] for each in reuses.jobs.values()} == {run}
    assert (reuses.last / "artifacts/build/out/built").read_text() == "first\n"
    assert "mkdir -p out" not in (reuses.last / "log/test.log").read_text()
    assert "first" in (reuses.last / "log/test.log").read_text()
    assert (reuses.last / "test-results/build/results/junit.xml").exists()
    assert reuses.jobs["build"]["tests"]["total"] == 1
    assert reuses.project.ci("report", "last").status == 0

    reuses.project.write("note.txt", "first\nmore\n")  # the layer of build is what it was
    same = reuses.reuse()
    assert ran(same) == ["build"], same.stdout
    assert any("files: note.txt" in each for each in said(same))

    reuses.project.write("note.txt", "second\n")
    other = reuses.reuse()
    assert ran(other) == ["build", "test", "last"], other.stdout
    assert "second" in other.output("last")
    assert any("workspace: build" in each for each in said(other))

    reuses.project.write("note.txt", "first\n")
    assert ran(reuses.reuse()) == [], "as in the first run"


def test_a_reused_parents_workspace_is_there_for_a_child_that_runs(here):
    here.run()
    here.project.write("note.txt", "first\nmore\n")
    here.project.write(".circleci/config.yml", CONFIG.replace("echo $ONLY_HERE", "echo $ONLY"))
    done = here.reuse()
    assert ran(done) == ["build", "last"], "build checks out, test has neither another step nor another layer"
    assert "first" in done.output("last")


def test_a_job_that_has_failed_with_the_same_is_not_taken_from_a_run_before(here):
    bad = here.project.path / ".git/bad"
    here.project.write(".circleci/config.yml", CONFIG.replace("test ! -e /tmp/ws/bad", f"test ! -e {bad}"))
    folder = ("-j", "test", "--isolation", "folder")
    assert here.run(*folder).status == 0
    bad.write_text("")
    assert here.run(*folder).jobs()["test"] == "failed"
    bad.unlink()
    done = here.reuse(*folder)
    assert ran(done) == ["test"], "something that no rule sees made it fail"
    assert any("it failed with the same in run" in each for each in said(done))


def test_a_value_that_a_job_sees_is_not_kept(here):
    here.run("-j", "build", "--env", "TOKEN=s3cret-value")
    assert (here.last / "inputs.json").stat().st_mode & 0o077 == 0
    text = (here.last / "inputs.json").read_text()
    assert "TOKEN" in text
    assert "s3cret" not in text


@pytest.mark.parametrize("words", [("--from", "test:2"), ("--only-steps", "2-3")])
def test_a_job_of_which_steps_were_left_out_is_of_no_use(here, words):
    here.run("-j", "build", *words)
    assert ran(here.reuse("-j", "build")) == ["build"]


def damage_record(run):
    text = (run / "run.json").read_text()
    assert '"artifacts": 1' in text
    (run / "run.json").write_text(text.replace('"artifacts": 1', '"artifacts": 2'))


def forge_status(run):
    (run / "run.json").write_text((run / "run.json").read_text().replace('"from_run": ""', '"from_run": "other"'))


def damage_inputs(run):
    text = (run / "inputs.json").read_text()
    (run / "inputs.json").write_text(text.replace('"status": "success"', '"status": "success" '))


def truncate_inputs(run):
    text = (run / "inputs.json").read_bytes()
    (run / "inputs.json").write_bytes(text[: len(text) // 2])


def replace_inputs_by_list(run):
    (run / "inputs.json").write_text("[]\n[]\n")


def change_artifact(run):
    (run / "artifacts/build/out/built").write_text("fifth\n")


def change_artifact_with_its_times(run):
    place = run / "artifacts/build/out/built"
    status = place.stat()
    place.write_text("fifth\n")
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))


def add_artifact(run):
    (run / "artifacts/build/out/more").write_text("more\n")


def remove_artifact(run):
    (run / "artifacts/build/out/built").unlink()


def change_result(run):
    (run / "test-results/build/results/junit.xml").write_text("<testsuite/>")


def change_layer(run):
    layer = next((run / "workspaces").glob("build.*"))
    place = layer / "files/built" if layer.is_dir() else layer
    place.write_bytes(place.read_bytes().replace(b"first", b"fifth"))


def link_artifacts(run):
    os.rename(run / "artifacts/build", run / "moved")
    (run / "artifacts/build").symlink_to(run / "moved")


DAMAGES = [
    damage_record, forge_status, damage_inputs, truncate_inputs, replace_inputs_by_list, change_artifact,
    change_artifact_with_its_times, add_artifact, remove_artifact, change_result, change_layer, link_artifacts,
]  # fmt: skip


@pytest.fixture(scope="module")
def passed(tmp_path_factory):
    found = made(tmp_path_factory.mktemp("passed"), "host")
    assert found.run("-j", "build").status == 0
    return found


@pytest.mark.parametrize("damage", DAMAGES)
def test_nothing_is_taken_from_a_run_whose_files_were_changed(passed, damage):
    runs = passed.project.path / ".nox/ci/runs"
    for each in runs.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
    assert passed.run("-j", "build").status == 0
    damage(passed.last.resolve())
    done = passed.reuse("-j", "build")
    assert (done.status, ran(done)) == (0, ["build"]), done.stdout + done.stderr
    assert (passed.last / "artifacts/build/out/built").read_text() == "first\n"


def test_nothing_is_taken_from_another_users_run_nor_in_a_copy_of_the_project(passed, tmp_path):
    assert ran(passed.reuse("-j", "build")) == []
    assert ran(passed.reuse("-j", "build", XDG_CACHE_HOME=str(tmp_path / "other"))) == ["build"]
    subprocess.run(["cp", "-a", passed.project.path, tmp_path / "copy"], check=True)
    copy = Reuses(type(passed.project)(tmp_path / "copy"), "host", tmp_path / "unused")
    copy.environ = passed.environ
    assert ran(copy.reuse("-j", "build")) == ["build"]


def test_a_key_that_the_project_brings_along_is_none(here):
    done = here.project.ci("run", "w", "--engine", "host", "--reuse", XDG_CACHE_HOME=str(here.project.path / "c"),
                           NOX_CIRCLECI_TRUST="1")  # fmt: skip
    assert done.status == 2
    assert "--reuse: there is no place for the key" in done.stderr


def test_on_this_machine_nothing_is_reused_until_the_settings_name_the_commands_that_count(here):
    here.project.write("pyproject.toml", "")
    here.run("-j", "build")
    done = here.run("-j", "test", "--reuse")
    assert ran(done) == ["build", "test"]
    assert [each for each in said(done) if "reuse-tools" in each] == [
        "build is not reused: on host it needs the commands whose versions count, such as --reuse-tools python3"
        " (setting: reuse-tools)"
    ]


def test_a_command_of_the_projects_own_is_not_run_to_be_asked(here):
    tool = here.project.write("bin/mine", "#!/bin/sh\ntouch asked\n")
    tool.chmod(0o755)
    done = here.reuse("-j", "build", "--reuse-tools", "mine", PATH=f"{tool.parent}:{os.environ['PATH']}")
    assert any("mine is a program of the project" in each for each in said(done))
    assert not list(here.project.path.rglob("asked"))


def test_the_projects_settings_name_tools_and_jobs_only_with_the_users_consent(here):
    here.project.write("pyproject.toml", TOOLS + 'reuse-allow = ["build"]\n')
    done = here.project.ci("run", "w", "--engine", "host", "--reuse", XDG_CACHE_HOME=here.environ["XDG_CACHE_HOME"])
    assert done.status == 2
    assert "reuse-tools = sh" in done.stderr
    assert "reuse-allow = build" in done.stderr


def test_no_reuse_lists_jobs_that_always_run_and_reuse_allow_those_that_need_not(here):
    here.project.write("pyproject.toml", TOOLS + 'no-reuse = ["build"]\n')
    here.run("-j", "build")
    done = here.reuse("-j", "build")
    assert any("the settings list it in no-reuse" in each for each in said(done))
    assert ran(done) == ["build"]
    here.run("-j", "build", "--reuse-allow", "build")
    assert ran(here.reuse("-j", "build", "--reuse-allow", "build")) == []


def test_the_parents_are_taken_from_the_last_run_that_has_passed_them(reuses):
    first = reuses.run()
    reuses.project.write("note.txt", "second\n")
    done = reuses.run("-j", "test", "--reuse-parents")
    assert (done.status, ran(done)) == (0, ["test"]), done.stdout + done.stderr
    assert "first" in done.output("test")
    run = first.first("run.start")["run"]
    assert any(each.startswith(f"taken from run {run}: build") for each in said(done))
    assert reuses.jobs["build"]["from_run"] == run
    reuses.project.write("note.txt", "third\n")
    assert ran(reuses.run("-j", "last", "--reuse-parents")) == ["last"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "--reuse-parents needs the job that is to run"),
        (("-j", "test", "--no-parents"), "exclude each other"),
        (("-j", "test"), "no kept run of yours has passed build"),
    ],
)
def test_parents_that_cannot_be_taken_are_refused(here, words, message):
    done = here.run("--reuse-parents", *words)
    assert (done.status, ran(done)) == (2, [])
    assert message in done.stderr


def test_parents_that_have_changed_or_were_tampered_with_are_refused(here):
    here.run("-j", "build")
    config = here.project.path / ".circleci/config.yml"
    before = config.read_text()
    config.write_text(before.replace("head -1", "head -n 1"))
    done = here.run("-j", "test", "--reuse-parents")
    assert "build has changed since run" in done.stderr
    config.write_text(before)
    change_layer(here.last.resolve())
    done = here.run("-j", "test", "--reuse-parents")
    assert "no kept run of yours has passed build" in done.stderr


IMAGES = """\
    version: 2.1
    jobs:
      served:
        docker: [{image: nox-circleci/base}, {image: "nox-circleci/reuse-service:1", command: [sleep, "60"]}]
        steps: [{run: "true"}]
      other:
        docker: [{image: nox-circleci/base}]
        steps: [{run: "true"}]
      always:
        docker: [{image: nox-circleci/base}]
        steps: [setup_remote_docker, {run: "echo $CIRCLE_WORKFLOW_ID"}]
      numbered:
        docker: [{image: nox-circleci/base}]
        steps: [{run: "echo $CIRCLE_BUILD_NUM"}]
    workflows:
      w: {jobs: [served, other, always, numbered]}
    """


def tagged(label):
    name = f"nox-circleci-reuse-{os.getpid()}"
    for words in (
        ["create", "--name", name, "nox-circleci/base"],
        ["commit", "--change", f"LABEL reuse={label}", name, "nox-circleci/reuse-service:1"],
        ["rm", name],
    ):
        subprocess.run(["docker", *words], check=True, capture_output=True)


@pytest.mark.docker
def test_an_image_that_has_another_content_makes_the_jobs_run_that_use_it_as_a_service_too(tmp_path):
    reuses = Reuses(make_project(tmp_path / "p", IMAGES), "docker", tmp_path / "cache")
    try:
        tagged("one")
        assert reuses.run().status == 0
        assert ran(reuses.reuse()) == ["always", "numbered"]
        tagged("two")
        done = reuses.reuse()
        assert ran(done) == ["served", "always", "numbered"]
        assert any("image nox-circleci/reuse-service:1" in each for each in said(done))
    finally:
        subprocess.run(["docker", "rmi", "-f", "nox-circleci/reuse-service:1"], check=False, capture_output=True)


SECRET = """\
    version: 2.1
    jobs:
      named:
        docker: [{image: nox-circleci/base}]
        steps: [checkout, {run: "true hunter22-step"}, {run: "true hunter22-other"}]
      cached:
        docker: [{image: nox-circleci/base}]
        steps: [{save_cache: {key: v1-hunter22, paths: [~/x]}}, {restore_cache: {keys: [v1-hunter22]}}]
    workflows: {w: {jobs: [named, cached]}}
    """


def test_no_name_that_has_a_secret_in_it_is_kept(here):
    here.project.write(".circleci/config.yml", SECRET)
    here.project.write("hunter22-file", "x")
    words = ("--env", "TOKEN=hunter22")
    assert here.run(*words).status == 0
    assert "hunter22" not in (here.last / "inputs.json").read_text()
    assert ran(here.reuse(*words)) == ["cached"], "what it would find cannot be known"
    here.project.write("hunter22-file", "y")
    done = here.reuse(*words)
    assert ran(done) == ["named", "cached"]
    assert "hunter22" not in done.stdout


SETUP = """\
    version: 2.1
    setup: true
    jobs:
      go:
        docker: [{image: nox-circleci/base}]
        steps:
          - run: |
              python3 -c '
              import json, os
              config = {"version": 2.1, "jobs": {"next": {"docker": [{"image": "nox-circleci/base"}],
                        "steps": [{"run": "echo next"}]}}, "workflows": {"after": {"jobs": ["next"]}}}
              print(json.dumps({"continuation-key": os.environ["CIRCLE_CONTINUATION_KEY"],
                                "configuration": json.dumps(config)}))' >body.json
              curl -sS --fail-with-body -H 'Content-Type: application/json' -d @body.json \
                https://circleci.com/api/v2/pipeline/continue
    workflows: {first: {jobs: [go]}}
    """


def test_a_setup_job_always_runs_and_what_it_continues_with_is_reused(here):
    here.project.write(".circleci/config.yml", SETUP)
    here.project.commit()
    words = ["run", "first", "--engine", "host", "--json", "--reuse=explain"]
    first = here.project.ci(*words, **here.environ)
    assert ran(first) == ["go", "next"], first.stdout + first.stderr
    again = here.project.ci(*words, **here.environ)
    assert (again.status, ran(again)) == (0, ["go"]), again.stdout + again.stderr
    assert "go runs: it may continue the pipeline" in said(again)


def test_a_workflow_after_another_in_one_run_is_reused_by_itself(here):
    here.project.write(".circleci/config.yml", CONFIG.rstrip() + "\n      v: {jobs: [build]}\n")
    here.project.commit()
    run = ["run", "--engine", "host", "--json"]
    first = here.project.ci(*run, **here.environ)
    assert first.status == 0, first.stdout + first.stderr
    again = here.project.ci(*run, "--reuse", **here.environ)
    assert (again.status, ran(again)) == (0, []), again.stdout + again.stderr
    record = json.loads((here.last / "run.json").read_text())
    assert [each["name"] for each in record["workflows"]] == ["w", "v"]
    places = [
        job["artifacts_folder"] for each in record["workflows"] for job in each["jobs"] if job["artifacts_folder"]
    ]
    assert [(here.last / each / "out/built").read_text() for each in places] == ["first\n", "first\n"]
    assert ran(here.run("-j", "test", "--reuse-parents")) == ["test"], "of a run with several workflows"
