"""What a reader learns of a job of ``circleci local execute`` before it starts."""

import json
import os
import urllib.request

import yaml

from ci.compiler.compile import Mode, compile_config
from ci.compiler.emit import emit
from ci.compiler.orb_imports import NoOrbs
from ci.compiler.pipeline_values import PipelineValues
from ci.engines.circleci.config import version2, version2_1
from ci.engines.circleci.engine import _warnings
from ci.server.compile_api import own_server
from ci.workflow.model import Image

from ...projects import make_project
from ...tasks import HERE, run, task


def test_that_values_are_in_the_process_list_is_reported_if_there_are_any(tmp_path):
    assert not [line for line in _warnings(task(tmp_path, [run("true")])) if "process list" in line]
    made = task(tmp_path / "secret", [run("true")], secrets=(("TOKEN", "abcd"),))
    assert [line for line in _warnings(made) if "process list" in line]


def test_a_server_that_refuses_version_2_gets_the_same_job_as_version_2_1(tmp_path):
    image = Image("image/new", HERE)
    made = task(tmp_path, [run("cat <<END\nthe text\nEND")], images=(image,)).job
    compiled = compile_config(
        version2_1("main", made), "config.yml", PipelineValues(), NoOrbs(), mode=Mode(announced="refused")
    )
    assert yaml.safe_load(emit(compiled)) == yaml.safe_load(version2("main", made))


def test_its_own_server_takes_the_version_2_config_that_it_is_given(tmp_path):
    text = version2("main", task(tmp_path, [run("true")]).job)
    body = json.dumps({"config_yaml": text, "options": {}}).encode()
    with own_server() as server:
        address = f"{server}/api/v2/compile-config-with-defaults"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = json.load(answer)
    assert text.startswith("version: 2\n")
    assert (found["valid"], found["errors"]) == (True, [])


# Stands in for CircleCI's CLI: what the agent and Docker print may name the proxy and the server with their passwords.
CLI = """#!/bin/bash
case "$*" in
  version) echo 0.1.47860 ;;
  "local execute --help") echo "Flags: --build-agent-version string" ;;
  *) echo "proxy $https_proxy, server $CIRCLECI_CLI_HOST, token $CIRCLECI_CLI_TOKEN"
     cat "$DOCKER_CONFIG/config.json" ;;
esac
"""
CONFIG = """
    version: 2.1
    jobs: {build: {docker: [{image: a/b}], steps: [run: "true"]}}
    workflows: {w: {jobs: [build]}}
    """


def test_no_password_of_a_proxy_or_of_the_server_and_no_token_is_shown(tmp_path):
    project, programs, settings = make_project(tmp_path / "project", CONFIG), tmp_path / "bin", tmp_path / "docker"
    for folder in (programs, settings):
        folder.mkdir()
    for name, text in (("circleci", CLI), ("docker", "#!/bin/bash\necho 1\n")):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    proxies = {"default": {"httpsProxy": "http://me:dockers-password@proxy:3128"}}
    (settings / "config.json").write_text(json.dumps({"proxies": proxies}))
    environ = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "DOCKER_CONFIG": str(settings),
        "https_proxy": "http://me:proxys-password@proxy:3128",
        "CIRCLECI_CLI_HOST": "https://me:servers-password@circleci.invalid",
        "CIRCLECI_CLI_TOKEN": "token-of-mine",
    }
    done = project.ci("run", "w", "--engine", "circleci", **environ)
    assert done.status == 0, done.stdout + done.stderr
    kept = "".join(path.read_text() for path in (project.path / ".nox/ci/runs/last/log").rglob("*.log"))
    shown = done.stdout + done.stderr + kept
    assert "proxy http://me:****@proxy:3128, server https://me:****@circleci.invalid, token ****" in kept
    for secret in ("proxys-password", "servers-password", "token-of-mine", "dockers-password"):
        assert secret not in shown
