"""``circleci-local``: the flags and exit status that people's scripts know, under a 1.x CLI and standalone."""

import re
import sys

import pytest

from ci.local import execute_parser

from .projects import ROOT, call, make_project

CONFIG = """
    version: 2.1
    jobs:
      build:
        docker: [{image: cimg/base:2024.01}]
        steps: [checkout, run: 'echo "word=$WORD token=[$CIRCLE_TOKEN] branch=$CIRCLE_BRANCH"']
      broken:
        docker: [{image: cimg/base:2024.01}]
        steps: [run: exit 3]
    workflows: {smoke: {jobs: [broken, build: {requires: [broken]}]}}
    """
# What stands in for the 1.x CLI: it runs circleci-NAME of PATH, the words passed on verbatim, with a token beside.
DISPATCHER = '#!/bin/bash\nname=$1; shift\nCIRCLE_TOKEN=hunter2hunter2 exec "circleci-$name" "$@"\n'


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project", CONFIG)


@pytest.fixture
def programs(tmp_path):
    """A folder of ``circleci-local`` and the stand-in dispatcher ``circleci``."""
    folder = tmp_path / "bin"
    folder.mkdir()
    ours = (
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom ci.local import program\nprogram()\n"
    )
    for name, text in (("circleci-local", ours), ("circleci", DISPATCHER)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def circleci(project, programs):
    def run(*words, **environ):
        path = {"PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin", **environ}
        return call([str(programs / "circleci"), *words], project.path, environ=path)

    return run


def test_execute_runs_one_job_without_its_parents_and_no_token_reaches_it(circleci):
    result = circleci("local", "execute", "--engine", "host", "-e", "WORD=seven", "--branch", "topic")
    assert result.status == 0, result.stderr
    assert "token=[] branch=topic" in result.stdout
    assert "hunter2" not in result.stdout
    assert "broken" not in result.stdout


@pytest.mark.parametrize("words", [("broken",), ("--job", "broken"), ("--skip-checkout", "broken")])
def test_a_failed_job_is_exit_status_1(circleci, words):
    assert circleci("local", "execute", "--engine", "host", *words).status == 1


def test_another_config_is_taken_by_its_name(circleci, project):
    project.write("other.yml", CONFIG.replace("exit 3", "echo another"))
    result = circleci("local", "execute", "-c", "other.yml", "broken", "--engine", "host")
    assert (result.status, "another" in result.stdout) == (0, True), result.stderr


def test_one_node_runs_as_the_one_of_how_many_that_was_asked_for(circleci, project):
    steps = 'steps: [run: "echo node $CIRCLE_NODE_INDEX of $CIRCLE_NODE_TOTAL"]'
    project.write(
        "split.yml", "version: 2\njobs:\n  build:\n    docker: [{image: a/b}]\n    parallelism: 3\n    " + steps
    )
    words = ("local", "execute", "--engine", "host", "-c", "split.yml")
    alone, second = circleci(*words), circleci(*words, "--index", "1", "--node-total", "4")
    assert (alone.status, second.status) == (0, 0), alone.stderr + second.stderr
    assert re.findall(r"node \d of \d", alone.stdout) == ["node 0 of 1"]
    assert re.findall(r"node \d of \d", second.stdout) == ["node 1 of 4"]


def test_a_node_that_is_none_of_them_is_bad_input(circleci):
    result = circleci("local", "execute", "--index", "2", "--node-total", "2")
    assert (result.status, "--index 2 is none of --node-total 2" in result.stderr) == (2, True)


def test_flags_that_make_no_sense_any_more_are_said_once(circleci):
    result = circleci("local", "execute", "--engine", "host", "-v", "/a:/b", "-v", "/c:/d", "-o", "gh/me")
    assert result.status == 0
    assert (result.stderr.count("--volume is not used"), result.stderr.count("--org-slug is not used")) == (1, 1)


@pytest.mark.parametrize("words", [("execute", "biuld"), ("execute", "--jbo", "x"), ("exceute",)])
def test_a_slip_is_bad_input_with_a_suggestion(circleci, words):
    result = circleci("local", *words)
    assert (result.status, "did you mean" in result.stderr.lower()) == (2, True), result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [(("list",), "smoke-build"), (("validate",), "is valid."), (("graph",), "broken"), (("doctor",), "git")],
)
def test_what_local_execute_never_had(circleci, words, told):
    assert told in circleci("local", *words).stdout


def test_run_takes_a_whole_workflow(circleci):
    result = circleci("local", "run", "smoke", "--engine", "host")
    assert (result.status, "build" in result.stdout) == (1, True)


def test_init_writes_a_noxfile_once(circleci, project):
    assert circleci("local", "init").status == 0
    text = (project.path / "noxfile.py").read_text()
    assert len(text.splitlines()) <= 10
    compile(text, "noxfile.py", "exec")
    assert circleci("local", "init").status == 2


def test_it_answers_no_probe_so_that_nothing_calls_itself(circleci):
    result = circleci("local", "execute", "--help", NOX_CIRCLECI_PROBING="1")
    assert (result.status, result.stdout) == (2, "")


@pytest.mark.parametrize(
    "flag", ["--node-total", "--index", "--checkout-key", "--temp-dir", "--revision", "--repo-url"]
)
def test_a_flag_with_a_value_takes_it_and_leaves_the_job(flag):
    assert execute_parser().parse([flag, "1", "build"]).name == "build"
