"""Bad input: one clear message, an exit status that is not 0, nothing left behind."""

import os
import re
import tempfile
from pathlib import Path

import pytest

from .projects import make_project

JOB = "docker: [{image: a/b}], steps: [run: 'true']"
VALID = f"""
    version: 2.1
    jobs: {{build: {{{JOB}}}, other: {{{JOB}}}}}
    workflows: {{smoke: {{jobs: [build, other: {{requires: [build]}}]}}}}
    """
PYTHON_FROM = {"pyproject.toml": '[tool.nox-circleci]\npython-from = "PYTHON_VERSION"\n'}


def refused(project, *words, status=2, **environ):
    """What a command that is refused says; it leaves no traceback, no run and no scratch folder."""
    result = project.ci(*words, **environ)
    assert result.status == status, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert not list((project.path / ".nox").glob("ci/runs/*"))
    return result.stderr


def test_no_config_file(tmp_path):
    project = make_project(tmp_path, VALID)
    (tmp_path / ".circleci" / "config.yml").unlink()
    assert refused(project, "run", "smoke").startswith(f"there is no .circleci/config.yml in {tmp_path}")


@pytest.mark.parametrize("words", [("list",), ("validate",), ("run", "smoke"), ("doctor",)])
def test_a_config_that_cannot_be_read(tmp_path, words):
    project = make_project(tmp_path, VALID)
    config = tmp_path / ".circleci" / "config.yml"
    config.unlink()
    config.symlink_to(config.name)
    done = project.ci(*words)
    assert (
        "the config .circleci/config.yml cannot be read: Too many levels of symbolic links" in done.stdout + done.stderr
    )
    config.unlink()
    os.mkfifo(config)
    done = project.ci(*words)
    assert "config.yml cannot be read: it is a pipe" in done.stdout + done.stderr


@pytest.mark.parametrize("words", [("list",), ("run", "smoke"), ("trust", "--show")])
def test_a_settings_file_without_an_end(tmp_path, words):
    project = make_project(tmp_path, VALID)
    (tmp_path / "pyproject.toml").symlink_to("/dev/zero")
    assert refused(project, *words).startswith("pyproject.toml cannot be read: it is a device or a pipe")
    (tmp_path / "pyproject.toml").unlink()
    os.mkfifo(tmp_path / "pyproject.toml")
    assert refused(project, *words).startswith("pyproject.toml cannot be read: it is a device or a pipe")


def test_a_file_of_variables_without_an_end(tmp_path):
    project = make_project(tmp_path, VALID)
    assert "longer than" in refused(project, "run", "smoke", "--engine", "host", "--env-file", "/dev/zero")


def test_yaml_that_does_not_parse(tmp_path):
    project = make_project(tmp_path, "version: 2.1\njobs:\n  build: [\n")
    assert re.match(r"\.circleci/config\.yml:4:1: ", refused(project, "run", "smoke"))


def test_a_config_that_is_no_utf8(tmp_path):
    project = make_project(tmp_path, VALID)
    (tmp_path / ".circleci" / "config.yml").write_bytes(b"version: 2.1\nx: \xff\n")
    assert refused(project, "run", "smoke").startswith(".circleci/config.yml:2:4: not UTF-8")


def test_a_required_job_that_is_not_there(tmp_path):
    config = f"""
        version: 2.1
        jobs: {{build: {{{JOB}}}}}
        workflows: {{smoke: {{jobs: [build: {{requires: [biuld]}}]}}}}
        """
    message = refused(make_project(tmp_path, config), "run", "smoke")
    assert re.match(r"\.circleci/config\.yml:4:\d+: ", message)
    assert "Job 'build' requires 'biuld', which is the name of 0 other jobs in workflow 'smoke'" in message


def test_a_cycle(tmp_path):
    config = f"""
        version: 2.1
        jobs: {{a: {{{JOB}}}, b: {{{JOB}}}}}
        workflows: {{smoke: {{jobs: [a: {{requires: [b]}}, b: {{requires: [a]}}]}}}}
        """
    message = refused(make_project(tmp_path, config), "run", "smoke")
    assert re.match(r"\.circleci/config\.yml:4:\d+: ", message)
    assert "cycle" in message


def test_an_unknown_workflow(tmp_path):
    message = refused(make_project(tmp_path, VALID), "run", "smok")
    assert message == "there is no workflow 'smok'\n    Did you mean 'smoke'? There is: smoke.\n"


def test_an_unknown_job_lists_what_there_is_and_suggests_the_nearest(tmp_path):
    message = refused(make_project(tmp_path, VALID), "run", "smoke", "-j", "biuld")
    assert "workflow 'smoke' has no job 'biuld'" in message
    assert "Did you mean 'build'? There is: build, other." in message


def test_an_unknown_executor_lists_what_there_is_and_suggests_the_nearest(tmp_path):
    message = refused(make_project(tmp_path, VALID), "run", "smoke", "-e", "a/bb")
    assert "no executor or matrix value 'a/bb' among the jobs build, other" in message
    assert "Did you mean 'a/b'? There is: a/b, docker." in message


def test_an_unquoted_python_version(tmp_path):
    config = """
        version: 2.1
        executors: {py: {docker: [{image: a/b}], environment: {PYTHON_VERSION: 3.10}}}
        jobs: {build: {executor: py, steps: [run: 'true']}}
        workflows: {smoke: {jobs: [build]}}
        """
    project = make_project(tmp_path, config, **PYTHON_FROM)
    message = refused(project, "run", "smoke")
    assert re.match(r"\.circleci/config\.yml:3:\d+: PYTHON_VERSION is the number 3\.1", message)
    assert "PYTHON_VERSION: '3.10'" in message
    assert refused(project, "validate") == message


def test_an_unquoted_number_is_no_error_where_the_project_does_not_take_its_python_from_it(tmp_path):
    job = "{docker: [{image: a/b}], environment: {PYTHON_VERSION: 3.10}, steps: [run: 'test $PYTHON_VERSION = 3.1']}"
    project = make_project(tmp_path, f"version: 2.1\njobs: {{build: {job}}}\nworkflows: {{smoke: {{jobs: [build]}}}}\n")
    assert project.run("smoke").status == 0


def test_an_unknown_pipeline_parameter_names_those_there_are(tmp_path):
    config = f"""
        version: 2.1
        parameters: {{deploy: {{type: boolean, default: false}}}}
        jobs: {{build: {{{JOB}}}}}
        workflows: {{smoke: {{jobs: [build]}}}}
        """
    project = make_project(tmp_path, config)
    assert "deploy" in refused(project, "run", "smoke", "--param", "deplyo=true")
    assert "boolean" in refused(project, "run", "smoke", "--param", "deploy=maybe")
    assert "NAME=VALUE" in refused(project, "run", "smoke", "--param", "deploy")


def test_an_engine_that_is_not_there(tmp_path):
    assert "podman" in refused(make_project(tmp_path, VALID), "run", "smoke", "--engine", "podman")


def test_an_unknown_command(tmp_path):
    message = refused(make_project(tmp_path, VALID), "rnu", "smoke")
    assert message.startswith("there is no command 'rnu'\n    Did you mean 'run'?")


def test_ci_project_that_names_no_folder(tmp_path):
    message = refused(make_project(tmp_path, VALID), "list", CI_PROJECT=str(tmp_path / "gone"))
    assert "CI_PROJECT names no folder" in message


def test_a_job_that_the_filters_leave_out_names_the_option_that_lets_it_run(tmp_path):
    config = f"""
        version: 2.1
        jobs: {{build: {{{JOB}}}}}
        workflows: {{smoke: {{jobs: [build: {{filters: {{branches: {{only: release}}}}}}]}}}}
        """
    project = make_project(tmp_path, config)
    message = refused(project, "run", "smoke", "-j", "build")
    assert "job 'build' is filtered out" in message
    assert "--branch" in message
    assert project.run("smoke", "-j", "build", "--branch", "release").jobs() == {"build": "success"}


def test_a_script_that_is_missing_fails_its_step_with_the_shells_own_words(tmp_path):
    config = """
        version: 2.1
        jobs: {build: {docker: [{image: a/b}], steps: [checkout, run: .circleci/scripts/gone.sh]}}
        workflows: {smoke: {jobs: [build]}}
        """
    result = make_project(tmp_path, config).ci("run", "smoke", "--engine", "host")
    assert result.status == 1
    assert ".circleci/scripts/gone.sh" in result.stdout
    assert re.search(r"\.circleci/config\.yml:3:\d+: step '\.circleci/scripts/gone\.sh' failed with exit status 127",
                     result.stdout)  # fmt: skip


def test_an_interpreter_that_is_missing_skips_the_job_and_a_run_of_nothing_fails(tmp_path):
    config = """
        version: 2.1
        executors: {py: {docker: [{image: a/b}], environment: {PYTHON_VERSION: '3.99'}}}
        jobs: {build: {executor: py, steps: [run: 'true']}}
        workflows: {smoke: {jobs: [build]}}
        """
    for variables in ({"CI": "true"}, {"CI": ""}):
        with tempfile.TemporaryDirectory() as folder:
            result = make_project(Path(folder), config, **PYTHON_FROM).run("smoke", **variables)
        assert result.status == 1
        assert result.jobs() == {"build": "skipped"}
        assert "Python 3.99" in result.finish("build")["reason"]


@pytest.mark.parametrize("words", [["validate"], ["process"], ["graph"], ["list"], ["run", "smoke"]])
def test_all_of_a_configs_errors_come_in_one_run_each_with_its_place(tmp_path, words):
    config = """
        version: 2.1
        jobs:
          build:
            docker: [{image: a/b}]
            steps: [nonsense]
          other:
            docker: [{image: a/b}]
            steps: [more_nonsense]
        workflows: {smoke: {jobs: [build, other]}}
        """
    message = refused(make_project(tmp_path, config), *words)
    assert ".circleci/config.yml:6:" in message
    assert ".circleci/config.yml:9:" in message


def test_nothing_is_left_in_the_temporary_folder(tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    project = make_project(tmp_path / "project", VALID)
    assert project.run("smoke", TMPDIR=str(temporary)).status == 0
    assert os.listdir(temporary) == []


def test_parallelism_of_a_billion_is_refused_before_anything_is_made(tmp_path):
    config = VALID.replace("docker: [{image: a/b}]", "docker: [{image: a/b}], parallelism: 1000000000")
    for words in (("validate",), ("run", "smoke"), ("list",)):
        result = make_project(tmp_path / words[0], config).ci(*words)
        if words != ("list",):
            assert result.status == 2
            assert "parallelism is 1000000000, more than 1000 nodes" in result.stderr
        assert "Traceback" not in result.stderr


def test_pipeline_parameters_of_a_binary_file_a_folder_and_a_device(tmp_path):
    project = make_project(tmp_path, VALID)
    (tmp_path / "binary").write_bytes(b"a: \xff\xfe\x00")
    for name, message in (
        ("binary", "not UTF-8"),
        (".circleci", "Is a directory"),
        ("x" * 5000, "--pipeline-parameters"),
    ):
        assert message in refused(project, "run", "smoke", "--pipeline-parameters", name)


def test_a_config_without_an_end(tmp_path):
    message = refused(make_project(tmp_path, VALID), "validate", "/dev/zero")
    assert message.startswith("/dev/zero:1:1: ")


@pytest.mark.parametrize("name", ["a" * 300, "a" * 5000, "..", "a/b", "é"])
def test_a_context_of_any_name_is_one_without_a_file(tmp_path, name):
    project = make_project(tmp_path, VALID.replace("jobs: [build", f"jobs: [build: {{context: '{name}'}}"))
    result = project.ci("run", "smoke", "--engine", "host")
    assert result.status == 0, result.stderr
    assert f"there is no .circleci/contexts/{name}.env here" in result.stdout.replace("\n", " ")


def test_an_orb_whose_name_is_no_file_name(tmp_path):
    config = VALID.rstrip() + f"\n    orbs: {{o: '{'a' * 300}/{'b' * 300}@1'}}\n"
    message = refused(make_project(tmp_path, config.replace("run: 'true'", "o/go")), "validate")
    assert "orb" in message


@pytest.mark.parametrize("key", ["working_directory", "path", "destination", "root", "at", "key", "name", "command"])
def test_nul_in_a_text_has_a_place(tmp_path, key):
    config = VALID.replace("steps: [run: 'true']", f'steps: [run: {{{key}: "a\\0b"}}]')
    assert re.match(
        r"\.circleci/config\.yml:3:\d+: a NUL character", refused(make_project(tmp_path, config), "validate")
    )


def test_a_second_document_is_reported_to_be_ignored(tmp_path):
    project = make_project(tmp_path, VALID)
    text = (tmp_path / ".circleci" / "config.yml").read_text()
    project.write(".circleci/config.yml", text + "\n---\njobs: 3\n")
    line = text.count("\n") + 2
    for words in (("validate",), ("run", "smoke", "--dry-run", "--engine", "host")):
        result = project.ci(*words)
        assert result.status == 0, result.stderr
        assert f"config.yml:{line}:1: a second document begins here" in result.stderr
