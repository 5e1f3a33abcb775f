"""``circleci-local``: the flags and exit status that people's scripts know, under a 1.x CLI and standalone."""

import re
import sys

import pytest

import ci
from ci.cli.execute import execute_parser
from ci.cli.main import main
from ci.options.command_list import COMMANDS

from ..projects import ROOT, call, make_project

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
    start = "from ci.cli.circleci_local import program\nprogram()\n"
    ours = f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n{start}"
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


def test_a_node_beyond_the_total_is_bad_input(circleci):
    result = circleci("local", "execute", "--index", "2", "--node-total", "2")
    assert (result.status, "--index must be between 0 and 1 (--node-total is 2)" in result.stderr) == (2, True)


def test_flags_that_make_no_sense_any_more_are_reported_once(circleci):
    result = circleci("local", "execute", "--engine", "host", "-v", "/a:/b", "-v", "/c:/d", "-o", "gh/me")
    assert result.status == 0
    assert (result.stderr.count("--volume is not used"), result.stderr.count("--org-slug is not used")) == (1, 1)


@pytest.mark.parametrize("words", [("execute", "biuld"), ("execute", "--jbo", "x"), ("exceute",)])
def test_a_slip_is_bad_input_with_a_suggestion(circleci, words):
    result = circleci("local", *words)
    assert (result.status, "did you mean" in result.stderr.lower()) == (2, True), result.stderr


@pytest.mark.parametrize(
    ("words", "output"),
    [(("list",), "smoke-build"), (("validate",), "is valid."), (("graph",), "broken"), (("doctor",), "git")],
)
def test_what_local_execute_never_had(circleci, words, output):
    assert output in circleci("local", *words).stdout


def test_run_takes_a_whole_workflow(circleci):
    result = circleci("local", "run", "smoke", "--engine", "host")
    assert (result.status, "build" in result.stdout) == (1, True)


def test_init_writes_a_noxfile_once(circleci, project):
    assert circleci("local", "init").status == 0
    text = (project.path / "noxfile.py").read_text()
    assert len(text.splitlines()) <= 10
    compile(text, "noxfile.py", "exec")
    assert circleci("local", "init").status == 2


@pytest.mark.parametrize("words", [("init", "--help"), ("init", "-h"), ("init", "here"), ("init", "--froce")])
def test_init_writes_nothing_when_it_is_asked_for_help_or_for_what_it_does_not_know(circleci, project, words):
    result = circleci("local", *words)
    assert (result.status, "usage:" in result.stdout) == ((0, True) if words[1] in ("--help", "-h") else (2, False))
    assert not (project.path / "noxfile.py").exists()


WORDS = [
    (),
    *((name,) for name in COMMANDS),
    *(("orbs", name) for name in ("fetch", "export", "import", "list", "pack")),
]


@pytest.mark.parametrize("words", WORDS)
def test_the_program_and_each_command_have_a_version(words, capsys):
    with pytest.raises(SystemExit) as ended:
        sys.exit(main([*words, "--version"]))
    assert (ended.value.code, capsys.readouterr().out) == (0, f"nox-circleci {ci.__version__}\n")


def test_the_doctor_has_the_version_too(circleci):
    shown = circleci("local", "doctor").stdout
    assert re.search(rf"^. nox-circleci +{re.escape(ci.__version__)}, in ", shown, re.MULTILINE)


def test_config_commands_work_as_they_are_typed_to_the_official_program(circleci, project):
    plain = circleci("local", "process")
    assert plain.status == 0
    assert plain.stdout.startswith("version: 2")
    file = ".circleci/config.yml"
    for words in (
        ("process", file),
        ("process", file, "--org-slug", "gh/me"),
        ("process", "-o=gh/me", "--debug", file),
    ):
        result = circleci("local", "config", *words)
        assert (result.status, result.stdout) == (0, plain.stdout), result.stderr
    assert "--org-slug is not used" in circleci("local", "config", "process", file, "--org-slug", "gh/me").stderr
    assert "is valid" in circleci("local", "config", "validate", "-c", file).stdout
    project.write("split/@all.yml", "version: 2.1\n")
    assert circleci("local", "config", "pack", "split").stdout == "version: 2.1\n"
    wrong = circleci("local", "config", "proces", file)
    assert (wrong.status, "Did you mean 'process'" in wrong.stderr) == (2, True), wrong.stderr


@pytest.mark.parametrize("name", ["orb", "orbs"])
def test_orb_and_orbs_are_one(circleci, project, name):
    project.write("tool/@orb.yml", "version: 2.1\ndescription: d\n")
    assert circleci("local", name, "pack", "tool").stdout == "version: 2.1\ndescription: d\n"
    assert "there are no orbs here" in circleci("local", name, "list").stdout
    assert f"there is no command '{name} pakc'" in circleci("local", name, "pakc").stderr


def test_it_answers_no_probe_so_that_nothing_calls_itself(circleci):
    result = circleci("local", "execute", "--help", NOX_CIRCLECI_PROBING="1")
    assert (result.status, result.stdout) == (2, "")


@pytest.mark.parametrize(
    "flag", ["--node-total", "--index", "--checkout-key", "--temp-dir", "--revision", "--repo-url"]
)
def test_a_flag_with_a_value_takes_it_and_leaves_the_job(flag):
    assert execute_parser().parse([flag, "1", "build"]).name == "build"


UNCALLED = """
    version: 2.1
    orbs:
      tool:
        jobs:
          greet:
            parameters: {word: {type: string}}
            docker: [{image: a/b}]
            steps: [run: echo "orb says << parameters.word >>"]
    jobs:
      called:
        docker: [{image: a/b}]
        steps: [run: echo called]
      deploy:
        parameters:
          to: {type: enum, enum: [staging, "2"], default: staging}
          text: {type: string, default: "1"}
          times: {type: integer, default: 1}
          force: {type: boolean, default: false}
          after: {type: steps, default: []}
        docker: [{image: a/b}]
        steps:
          - run: echo "to << parameters.to >> text << parameters.text >> times << parameters.times >>"
          - when: {condition: << parameters.force >>, steps: [run: echo forced]}
          - steps: << parameters.after >>
      bare:
        parameters: {needed: {type: string}}
        docker: [{image: a/b}]
        steps: [run: echo "<< parameters.needed >>"]
    workflows: {smoke: {jobs: [called]}}
    """


@pytest.fixture
def uncalled(tmp_path):
    return make_project(tmp_path / "uncalled", UNCALLED)


@pytest.mark.parametrize("words", [("execute", "deploy"), ("run", "-j", "deploy")])
def test_a_job_that_no_workflow_calls_runs_as_it_is_declared(uncalled, words):
    done = uncalled.ci(*words, "--engine", "host")
    assert done.status == 0, done.stdout + done.stderr
    assert "to staging text 1 times 1" in done.stdout
    assert "forced" not in done.stdout


@pytest.mark.parametrize("words", [("execute", "deploy"), ("run", "-j", "deploy")])
def test_its_parameters_are_given_and_typed_as_declared(uncalled, words):
    given = ("to=2", "text=10", "times=3", "force=true", "after=[run: echo afterwards]")
    options = [word for pair in given for word in ("--job-param", pair)]
    done = uncalled.ci(*words, "--engine", "host", *options)
    assert done.status == 0, done.stdout + done.stderr
    assert "to 2 text 10 times 3" in done.stdout
    assert "forced" in done.stdout
    assert "afterwards" in done.stdout


def test_a_job_of_an_orb_is_called_by_its_whole_name(uncalled):
    done = uncalled.ci("run", "-j", "tool/greet", "--job-param", "word=hello", "--engine", "host")
    assert (done.status, "orb says hello" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("tox=2", "Unexpected argument(s): tox"),
        ("times=often", "Type error for argument times: expected type: integer"),
        ("force=1", "Type error for argument force: expected type: boolean"),
        ("to=moon", "Type error for argument to: expected type: enum, one of: staging, 2"),
        ("after=echo", "Type error for argument after: expected type: steps"),
        ("after=[run: echo", "--job-param after:"),
        ("times", "--job-param 'times' is not NAME=VALUE"),
    ],
)
def test_a_wrong_argument_is_named(uncalled, pair, message):
    done = uncalled.ci("run", "-j", "deploy", "--job-param", pair)
    assert (done.status, message in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_an_argument_that_a_job_needs_is_named_with_the_jobs_place(uncalled):
    done = uncalled.ci("run", "-j", "bare")
    assert done.status == 2
    assert "config.yml:26:3: Missing required argument(s): needed" in done.stderr


def test_a_called_job_gets_its_arguments_too_and_then_runs_alone(project):
    config = "version: 2.1\njobs:\n  a: {docker: [{image: a/b}], steps: [run: exit 3]}\n  b:\n"
    config += "    parameters: {word: {type: string, default: x}}\n    docker: [{image: a/b}]\n"
    config += "    steps: [run: 'echo word << parameters.word >>']\nworkflows: {w: {jobs: [a, b: {requires: [a]}]}}\n"
    project.write(".circleci/config.yml", config)
    with_parents = project.ci("run", "-j", "b", "--engine", "host")
    alone = project.ci("run", "-j", "b", "--job-param", "word=y", "--engine", "host")
    assert (with_parents.status, "exit status 3" in with_parents.stdout) == (1, True), with_parents.stdout
    assert (alone.status, "word y" in alone.stdout) == (0, True), alone.stdout + alone.stderr


def test_a_job_of_several_workflows_wants_the_workflows_name(uncalled):
    uncalled.write(".circleci/config.yml", UNCALLED.replace("{smoke:", "{nightly: {jobs: [called]}, smoke:"))
    done = uncalled.ci("run", "-j", "called", "--engine", "host")
    assert done.status == 2
    assert "several workflows have a job 'called': nightly and smoke" in done.stderr


def test_a_workflow_that_does_not_call_a_declared_job_says_how_to_run_it(uncalled):
    done = uncalled.ci("run", "smoke", "-j", "deploy")
    assert done.status == 2
    assert "workflow 'smoke' does not call job 'deploy'" in done.stderr
    assert "run -j deploy" in done.stderr


def test_a_job_that_is_not_declared_is_bad_input_with_a_suggestion(uncalled):
    done = uncalled.ci("run", "-j", "deplyo")
    assert (done.status, "Did you mean 'deploy'" in done.stderr) == (2, True), done.stderr


def test_a_job_of_a_version_2_config_takes_no_arguments(uncalled):
    text = "version: 2\njobs:\n  a: {docker: [{image: a/b}], steps: [run: echo a]}\n"
    text += "  b: {docker: [{image: a/b}], steps: [run: echo b]}\nworkflows: {version: 2, w: {jobs: [a]}}\n"
    uncalled.write(".circleci/config.yml", text)
    assert uncalled.ci("run", "-j", "b", "--engine", "host").status == 0
    done = uncalled.ci("run", "-j", "b", "--job-param", "x=1", "--engine", "host")
    assert (done.status, "Unexpected argument(s): x" in done.stderr) == (2, True), done.stderr


def test_the_sockets_flag_is_the_engines_address(circleci, tmp_path):
    (tmp_path / "docker").write_text('#!/bin/sh\necho "nothing at $DOCKER_HOST" >&2; exit 1\n')
    (tmp_path / "docker").chmod(0o755)
    words = ("execute", "--engine", "docker", "--docker-socket-path", "/named.sock")
    result = circleci("local", *words, NOX_CIRCLECI_DOCKER=str(tmp_path / "docker"))
    assert (result.status, "nothing at unix:///named.sock" in result.stderr) == (2, True), result.stderr
