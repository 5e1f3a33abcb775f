"""``python -m ci serve`` answers the official CLI."""

import http.client
import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from ..projects import ROOT, make_project

CONFIG = """
    version: 2.1
    parameters: {word: {type: string, default: hello}}
    jobs:
      build:
        docker: [{image: cimg/base:2024.01}]
        steps: [run: echo << pipeline.parameters.word >> << pipeline.git.branch >>]
    workflows: {smoke: {jobs: [build]}}
    """
V2 = "/api/v2/compile-config-with-defaults"
V3 = "/api/v3/configs/compile"


@contextmanager
def served(project):
    """The address that the running ``serve`` printed; ended as Ctrl-C ends it."""
    words = [sys.executable, "-m", "ci", "serve"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=project.path, env=environ, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
    assert server.returncode == 130


def post(url, path, body, **headers):
    """Status and JSON that a request is answered with."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def call(program, project, *words):
    environ = {"PATH": os.environ["PATH"], "HOME": str(project.path / "home"), "CIRCLECI_CLI_SKIP_UPDATE_CHECK": "1"}
    return subprocess.run([program, *words], cwd=project.path, env=environ, capture_output=True, text=True, timeout=60)


def test_it_listens_on_the_loopback_address(tmp_path):
    with served(make_project(tmp_path, CONFIG)) as url:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)


def test_an_empty_body_is_an_error_other_than_404_for_so_the_cli_finds_the_route(tmp_path):
    with served(make_project(tmp_path, CONFIG)) as url:
        assert post(url, V2, b"")[0] == 400
        assert post(url, "/graphql-unstable", b"{}")[0] == 404


@pytest.mark.parametrize("body", [b"[", b"[]", b"{}", b'{"config_yaml": 1}', b'{"config_yaml": "", "options": []}'])
def test_a_request_that_is_none_of_the_clis_is_refused(tmp_path, body):
    with served(make_project(tmp_path, CONFIG)) as url:
        assert post(url, V2, body)[0] == 400


@pytest.mark.parametrize(
    "config",
    [
        "version: 2.1\njobs: {build: {machine: true, steps: [run: 0x%s]}}\n" % ("f" * 5000),
        "version: 2.1\nx: %s\n" % ("[" * 100_000),
        'version: 2.1\njobs: {build: {machine: true, steps: [run: "\\0"]}}\n',
        "\0",
    ],
    ids=["digits", "depth", "NUL in a text", "NUL"],
)
def test_any_config_is_answered(tmp_path, config):
    with served(make_project(tmp_path, CONFIG)) as url:
        status, document = post(url, V2, json.dumps({"config_yaml": config}))
    assert (status, document["valid"], bool(document["errors"])) == (200, not document["errors"], not document["valid"])


@pytest.mark.parametrize("key", ["pipeline_values", "pipeline_parameters"])
def test_values_that_are_no_scalars_are_refused(tmp_path, key):
    with served(make_project(tmp_path, CONFIG)) as url:
        status, document = post(url, V2, json.dumps({"config_yaml": "", "options": {key: {"word": [1]}}}))
    assert status == 400
    assert f"word in {key}" in document["message"]


def test_a_page_that_names_the_port_by_a_host_of_its_own_is_refused(tmp_path):
    with served(make_project(tmp_path, CONFIG)) as url:
        assert post(url, V2, b"{}", Host="evil.example:80")[0] == 403


def test_the_1x_endpoint_answers_in_its_own_shape(tmp_path):
    project = make_project(tmp_path, CONFIG)
    source = (tmp_path / ".circleci" / "config.yml").read_text()
    attributes = {"config": source, "pipeline_parameters": {"word": "bye"}}
    with served(project) as url:
        status, good = post(url, V3, json.dumps({"data": {"attributes": attributes}}))
        _, bad = post(url, V3, json.dumps({"data": {"attributes": {"config": "version: 2.1\njobs: 3\n"}}}))
    assert (status, good["data"]["attributes"]["outcome"]) == (200, "succeeded")
    assert "echo bye" in good["data"]["attributes"]["compiled_config"]
    assert bad["data"]["attributes"]["outcome"] == "failed"
    assert bad["meta"]["messages"][0]["title"].startswith("config.yml:2:7: ")


def test_a_port_that_is_taken_is_reported(tmp_path):
    project = make_project(tmp_path, CONFIG)
    with served(project) as url:
        result = project.ci("serve", "--port", url.rpartition(":")[2])
    assert result.status == 2
    assert "Leave --port out for a free one." in result.stderr


@pytest.mark.circleci
def test_the_real_cli_processes_a_config_with_its_own_values_and_the_parameters(tmp_path, real_cli):
    project = make_project(tmp_path, CONFIG)
    with served(project) as url:
        words = ("config", "process", ".circleci/config.yml", "--pipeline-parameters", "word: bye")
        done = call(real_cli, project, "--host", url, *words)
    assert done.returncode == 0, done.stderr
    assert "echo bye main" in done.stdout


@pytest.mark.circleci
def test_the_real_cli_validates_and_shows_our_positions(tmp_path, real_cli):
    project = make_project(tmp_path, CONFIG)
    project.write("bad.yml", "version: 2.1\njobs: 3\n")
    with served(project) as url:
        good = call(real_cli, project, "--host", url, "config", "validate", ".circleci/config.yml")
        bad = call(real_cli, project, "--host", url, "config", "validate", "bad.yml")
    assert (good.returncode, "is valid." in good.stdout) == (0, True), good.stderr
    assert bad.returncode != 0
    assert "config.yml:2:7: " in bad.stderr


OLD = "version: 2\njobs: {build: {docker: [{image: a}], steps: [checkout]}}\n"
REFUSED = "config.yml:1:10: version 2: CircleCI's compiler refuses it since 21 September 2026"


def test_it_goes_by_the_current_compiler(tmp_path):
    with served(make_project(tmp_path, CONFIG)) as url:
        _, old = post(url, V2, json.dumps({"config_yaml": OLD}))
        _, new = post(url, V3, json.dumps({"data": {"attributes": {"config": OLD}}}))
    assert old["errors"][0]["message"].startswith(REFUSED)
    assert new["meta"]["messages"][0]["title"].startswith(REFUSED)


def test_the_clis_next_asks_a_classic_server_for_the_current_compiler(tmp_path):
    project = make_project(tmp_path, CONFIG)
    (tmp_path / "pyproject.toml").write_text('[tool.nox-circleci]\ncompiler = "classic"\n')
    with served(project) as url:
        _, old = post(url, V2, json.dumps({"config_yaml": OLD}))
        _, old_next = post(url, V2, json.dumps({"config_yaml": OLD, "options": {"next": True}}))
        attributes = {"config": OLD, "enable_next_preview": True}
        _, new_next = post(url, V3, json.dumps({"data": {"attributes": attributes}}))
    assert old["valid"]
    assert not old_next["valid"]
    assert new_next["data"]["attributes"]["outcome"] == "failed"
