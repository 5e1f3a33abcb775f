"""Images: pulled from a real registry, with and without a login, built from a project's Dockerfile, and asked for."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from ci.engines.docker.images.pull import _sizes
from tests.projects import make_project

PROGRAM = os.environ.get("NOX_CIRCLECI_DOCKER", "docker")
BASE = "nox-circleci/base"
TRUSTED = {"NOX_CIRCLECI_TRUST": "1"}
USER, PASSWORD = "ali", "open-sesame"
HTPASSWD = f"{USER}:$2b$04$an.4XyV3tGzNNOPd8.co2ezOrymq0JMv1eaYuumOuoGCxhoHyBeHG\n"


def docker(*words: str, given: str | None = None) -> str:
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, input=given)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(params=[False, True], ids=["open", "private"])
def registry(request, tmp_path):
    """A registry of Debian's package docker-registry on a free port; gives its address and whether it wants a login."""
    if PROGRAM != "docker":
        pytest.skip("needs docker")
    with serving(tmp_path, request.param) as place:
        yield place, request.param


@contextlib.contextmanager
def serving(tmp_path, private: bool) -> Iterator[str]:
    """The address of a registry that is there while the block lasts."""
    if not shutil.which("docker-registry"):
        pytest.skip("needs the registry of Debian's package docker-registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    auth = f"auth: {{htpasswd: {{realm: test, path: {tmp_path}/htpasswd}}}}\n" if private else ""
    storage = f"storage: {{filesystem: {{rootdirectory: {tmp_path}/registry}}}}\n"
    (tmp_path / "registry.yml").write_text(f"version: 0.1\n{storage}http: {{addr: '{place}'}}\n{auth}")
    words = ["docker-registry", "serve", str(tmp_path / "registry.yml")]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            answers(f"http://{place}/v2/")
            yield place
        finally:
            process.terminate()


def answers(url: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return  # it wants a login
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture
def pushed(registry, tmp_path):
    """An image that only the registry has: a shell and its tools from one static program, no bash."""
    place, private = registry
    image = f"{place}/team/tools:1"
    config = ["--config", str(tmp_path / "login")]
    if private:
        docker(*config, "login", "--username", USER, "--password-stdin", place, given=PASSWORD)
    imported(tmp_path, image)
    docker(*config, "push", "--quiet", image)
    docker("rmi", image)
    yield image, private
    subprocess.run(["docker", "rmi", "--force", image], capture_output=True)


def imported(tmp_path, image: str) -> None:
    busybox = shutil.which("busybox")
    if not busybox:
        pytest.skip("needs Debian's busybox-static")
    folder = tmp_path / "root" / "bin"
    folder.mkdir(parents=True)
    shutil.copy(busybox, folder / "busybox")
    for name in ("sh", "mkdir", "setsid", "cat", "chmod", "sleep", "id", "kill", "tar", "find"):
        (folder / name).symlink_to("busybox")
    (tmp_path / "root/tmp").mkdir()
    # else a test of the same second has the same layer, which the engine need not pull
    (tmp_path / "root/tmp/name").write_text(str(tmp_path))
    words = ["tar", "-C", str(tmp_path / "root"), "-c", "."]
    archive = subprocess.run(words, check=True, capture_output=True).stdout
    subprocess.run([PROGRAM, "import", "-", image], input=archive, check=True, capture_output=True)


def project(folder, image: str, auth: str = "", script: str = "echo it runs"):
    config = f"version: 2.1\njobs:\n  build:\n    docker: [{{image: '{image}'{auth}}}]\n    steps: [run: {script}]\n"
    return make_project(folder / "project", config)


@pytest.mark.docker
def test_an_image_is_pulled_once_and_a_private_one_with_its_auth(pushed, tmp_path):
    image, private = pushed
    auth = f", auth: {{username: {USER}, password: $REGISTRY_PASSWORD}}" if private else ""
    made = project(tmp_path, image, auth)
    first = made.ci("run", "workflow", "--engine", "docker", "--json", REGISTRY_PASSWORD=PASSWORD, **TRUSTED)
    assert first.status == 0, first.stdout
    assert f"pulling {image}" in first.stdout
    assert "layers are here" in first.stdout
    assert PASSWORD not in first.stdout + first.stderr
    second = made.ci("run", "workflow", "--engine", "docker", "--json", REGISTRY_PASSWORD=PASSWORD, **TRUSTED)
    assert "pulling" not in second.stdout


@pytest.mark.docker
@pytest.mark.parametrize("registry", [True], ids=["private"], indirect=True)
def test_a_password_may_be_in_a_context_of_the_job_or_be_given(pushed, tmp_path):
    image, _ = pushed
    auth = f", auth: {{username: {USER}, password: $REGISTRY_PASSWORD}}"
    made = project(tmp_path, image, auth)
    done = made.ci("run", "workflow", "--engine", "docker", "--json", "--env", f"REGISTRY_PASSWORD={PASSWORD}")
    assert done.status == 0, done.stdout
    docker("rmi", image)
    config = (made.path / ".circleci/config.yml").read_text()
    made.write(".circleci/config.yml", f"{config}workflows: {{w: {{jobs: [build: {{context: registry}}]}}}}\n")
    made.write(".circleci/contexts/registry.env", f"REGISTRY_PASSWORD={PASSWORD}\n").chmod(0o600)
    done = made.ci("run", "w", "--engine", "docker", "--json")
    assert done.status == 0, done.stdout
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.docker
def test_a_pull_that_is_refused_fails_the_job_with_the_engines_words(pushed, tmp_path):
    image, private = pushed
    auth = f", auth: {{username: {USER}, password: $REGISTRY_PASSWORD}}" if private else ""
    made = project(tmp_path, image if private else image.replace("tools", "other"), auth)
    done = made.ci("run", "workflow", "--engine", "docker", "--json", REGISTRY_PASSWORD="wrong", **TRUSTED)
    assert done.status == 1
    assert ("logging in to" if private else "cannot be pulled") in done.stdout
    assert "wrong" not in done.stdout


@pytest.mark.docker
def test_auto_takes_docker_where_every_image_can_be_had_and_says_why(pushed, tmp_path):
    image, private = pushed
    done = project(tmp_path, image).ci("run", "workflow", "--json")
    assert done.events[0]["engine"] == ("host" if private else "docker"), done.stdout
    if private:  # without auth it cannot be pulled
        assert "cannot be pulled" in done.events[0]["reason"]


@pytest.mark.docker
@pytest.mark.parametrize("registry", [False], ids=["open"], indirect=True)
def test_auto_goes_on_with_host_where_a_pull_fails_and_says_why_in_one_line(pushed, tmp_path):
    image, _ = pushed
    for layer in (tmp_path / "registry").glob("**/blobs/sha256/*/*/data"):
        if layer.stat().st_size > 10_000:  # its manifest is still there
            layer.unlink()
    done = project(tmp_path, image).ci("run", "workflow", "--json")
    assert (done.status, done.events[0]["engine"]) == (0, "docker"), done.stdout
    (warning,) = [each["text"] for each in done.events if each.get("level") == "warning"]
    assert warning.startswith("the engine is host instead: ")
    assert f": the image {image} cannot be pulled" in warning
    assert done.output("build") == "it runs\n"


@pytest.mark.docker
def test_auto_takes_host_where_an_image_cannot_be_had(tmp_path):
    made = project(tmp_path, "127.0.0.1:9/no/such:1")
    done = made.ci("run", "workflow", "--json")
    assert done.events[0]["engine"] == "host"
    assert "127.0.0.1:9/no/such:1 is not here and cannot be pulled" in done.events[0]["reason"]


def test_auto_takes_host_where_no_engine_answers(tmp_path):
    nowhere = f"unix://{tmp_path}/no.sock"
    made = project(tmp_path, BASE)
    done = made.ci("run", "workflow", "--json", NOX_CIRCLECI_DOCKER="no-such-engine", DOCKER_HOST=nowhere)
    assert done.events[0]["engine"] == "host"
    assert "there is no no-such-engine on PATH" in done.events[0]["reason"]


SETTINGS = '[tool.nox-circleci.images]\ndefault = "images/Dockerfile"\n'
CONFIG = """
version: 2.1
executors:
  default: {docker: [{image: "nox-circleci/test-built:NUMBER"}]}
jobs:
  build: {executor: default, steps: [run: cat /made-by]}
"""


@pytest.fixture
def built(tmp_path):
    number = str(os.getpid())
    made = make_project(tmp_path / "project", CONFIG.replace("NUMBER", number))
    made.write("pyproject.toml", SETTINGS)
    made.write(
        "images/Dockerfile", f"FROM {BASE}\nARG WHO=nobody\nUSER 0\nRUN echo built by $WHO >/made-by\nUSER 1000\n"
    )
    yield made
    if shutil.which(PROGRAM):
        subprocess.run([PROGRAM, "rmi", "--force", f"nox-circleci/test-built:{number}"], capture_output=True)


@pytest.mark.docker
def test_images_builds_what_the_settings_name_under_the_configs_name(built):
    done = built.ci("images", "--build-arg", "WHO=me")
    assert done.status == 0, done.stderr
    assert "built nox-circleci/test-built:" in done.stdout
    run = built.ci("run", "workflow", "--json")
    assert run.events[0]["engine"] == "docker"
    assert run.output("build") == "built by me\n"


@pytest.mark.docker
def test_a_run_builds_an_image_that_is_not_here_and_says_so_before(built):
    run = built.ci("run", "workflow", "--engine", "docker", "--json")
    assert run.status == 0, run.stdout
    assert run.output("build") == "built by nobody\n"
    assert "can download more than 500 MB" in run.stdout


@pytest.mark.docker
def test_a_build_that_fails_says_which_line_and_why(built):
    built.write("images/Dockerfile", f"FROM {BASE}\nRUN echo this cannot be && exit 9\n")
    done = built.ci("images")
    assert done.status == 1
    assert "was not built" in done.stderr
    assert "this cannot be" in done.stdout
    left = subprocess.check_output([PROGRAM, "ps", "--all", "--no-trunc", "--format", "{{.Command}}"], text=True)
    assert "echo this cannot be" not in left


@pytest.mark.docker
def test_auto_goes_on_with_host_where_a_build_fails_and_says_why_in_one_line(built):
    built.write("images/Dockerfile", f"FROM {BASE}\nUSER 0\nRUN exit 9\n")
    built.write(".circleci/config.yml", CONFIG.replace("cat /made-by", "echo it runs"))
    done = built.ci("run", "workflow", "--json")
    assert (done.status, done.events[0]["engine"]) == (0, "docker"), done.stdout
    (warning,) = [each["text"] for each in done.events if each.get("level") == "warning"]
    assert re.match(r"the engine is host instead: .*RUN exit 9 ended with exit status 9: nox-circleci/test-bu", warning)
    assert done.output("build") == "it runs\n"
    asked = built.ci("run", "workflow", "--json", "--engine", "docker")
    assert (asked.status, asked.finish("build")["status"]) == (1, "failed")


UNREACHABLE = "127.0.0.1:9/no/base:1"


@pytest.mark.docker
def test_auto_looks_for_the_image_that_a_dockerfile_begins_from(built):
    built.write("images/Dockerfile", f"ARG BASE={UNREACHABLE}\nFROM $BASE\n")
    built.write(".circleci/config.yml", CONFIG.replace("cat /made-by", "echo it runs"))
    done = built.ci("run", "workflow", "--json")
    assert (done.status, done.events[0]["engine"]) == (0, "host"), done.stdout
    reason = done.events[0]["reason"]
    assert f"its base {UNREACHABLE} is not here and cannot be pulled: connection refused (127.0.0.1:9)" in reason
    assert "building" not in done.stdout


@pytest.mark.docker
def test_auto_does_not_build_what_must_not_be_pulled(built):
    done = built.ci("run", "workflow", "--json", "--pull", "never")
    assert done.events[0]["engine"] == "host"
    assert "is not here" in done.events[0]["reason"]


@pytest.mark.docker
def test_the_docker_engine_says_first_why_an_image_was_not_built(built):
    built.write("images/Dockerfile", f"FROM {UNREACHABLE}\n")
    done = built.ci("run", "workflow", "--json", "--engine", "docker")
    reason = done.finish("build")["reason"]
    assert reason.startswith("connection refused (127.0.0.1:9): nox-circleci/test-built:"), reason
    assert "\n" not in reason


@pytest.mark.docker
@pytest.mark.parametrize("words", [(), ("--pull",)], ids=["build", "pull"])
def test_images_says_once_and_first_why_a_registry_cannot_be_reached(built, words):
    built.write("images/Dockerfile", f"FROM {UNREACHABLE}\n")
    service = '{image: "127.0.0.1:9/a:1"}, {image: "127.0.0.1:9/b:1"}'
    built.write(".circleci/config.yml", CONFIG.replace("]}\njobs", f", {service}]}}\njobs"))
    done = built.ci("images", *words)
    lines = (done.stdout + done.stderr).splitlines()
    output = "\n".join(line for line in lines if "retrying in" not in line)  # Podman tries three times, and says so
    assert (done.status, output.count("connection refused")) == (1, 1), output
    (line,) = [line for line in output.splitlines() if "connection refused" in line]
    assert line.startswith("connection refused (127.0.0.1:9): ")
    assert len(line) < 200


# What BuildKit prints, recorded: the error stands in it twice.
BUILDKIT = """#!/bin/bash
case $1 in
  info) echo 27.0.0 2 4000000000 x86_64 true true ;;
  build) cat <<'EOF'; exit 1 ;;
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#2 [internal] load metadata for docker.io/library/debian:12
#2 ERROR: failed to do request: Head "https://registry.test/v2/": dial tcp: lookup registry.test: no such host
------
 > [internal] load metadata for docker.io/library/debian:12:
------
ERROR: failed to solve: Head "https://registry.test/v2/": dial tcp: lookup registry.test: no such host
EOF
  *) exit 1 ;;
esac
"""


def test_images_says_the_cause_once_with_buildkit_too(built, tmp_path):
    (tmp_path / "fake").write_text(BUILDKIT)
    (tmp_path / "fake").chmod(0o755)
    done = built.ci("images", NOX_CIRCLECI_DOCKER=str(tmp_path / "fake"))
    assert done.stderr.startswith("no such host (registry.test): nox-circleci/test-built:")
    assert "no such host" not in done.stdout
    assert "load metadata for" in done.stdout


def test_push_prints_what_it_would_push_and_pushes_nothing(built):
    done = built.ci("images", "--push", NOX_CIRCLECI_DOCKER="no-such-engine")
    assert done.status == 0
    assert done.stdout == f"docker push nox-circleci/test-built:{os.getpid()}\n"


def test_an_executor_of_the_settings_that_no_job_has_is_an_error(built):
    built.write("pyproject.toml", SETTINGS.replace("default", "defualt"))
    done = built.ci("images")
    assert done.status == 2
    assert "no job runs on the executor 'defualt'" in done.stderr
    assert "default" in done.stderr


def test_a_download_weighs_what_the_layers_for_this_kind_of_machine_weigh():
    def entry(architecture: str, *sizes: int) -> dict:
        layers = [{"size": size} for size in sizes]
        descriptor = {"platform": {"architecture": architecture}}
        return {"Descriptor": descriptor, "SchemaV2Manifest": {"config": {"size": 5}, "layers": layers}}

    here = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    assert list(_sizes([entry("s390x", 7, 7), entry(here, 100, 20)])) == [120]
    assert list(_sizes({"layers": [{"size": 3}, {"size": 4}]})) == [7]
    assert list(_sizes("nonsense")) == []


@pytest.mark.docker
@pytest.mark.parametrize("registry", [False], ids=["open"], indirect=True)
def test_an_image_of_another_platform_is_not_the_one_that_was_asked_for(pushed, tmp_path):
    image, _ = pushed
    docker("tag", BASE, image)
    of_arm = loaded_as_arm(image)
    made = project(tmp_path, image)
    never = made.ci("run", "workflow", "--engine", "docker", "--json", "--platform", "linux/amd64", "--pull", "never")
    assert never.status == 1
    assert f"the image {image} is not here for linux/amd64, and --pull is never" in never.stdout
    done = made.ci("run", "workflow", "--engine", "docker", "--json", "--platform", "linux/amd64")
    assert done.status == 0, done.stdout
    assert f"pulling {image}" in done.stdout
    assert docker("image", "inspect", "--format", "{{.Architecture}}", image) == "amd64"
    docker("rmi", of_arm)


def loaded_as_arm(image: str) -> str:
    """The image again, with a config that has it be one for Arm; gives its id."""
    saved = io.BytesIO(subprocess.run(["docker", "save", image], check=True, capture_output=True).stdout)
    changed = io.BytesIO()
    with tarfile.open(fileobj=saved) as source, tarfile.open(fileobj=changed, mode="w") as target:
        for member in source:
            file = source.extractfile(member)
            content = file.read() if file else b""
            if member.name.endswith(".json") and b'"architecture":"amd64"' in content:
                content = content.replace(b'"architecture":"amd64"', b'"architecture":"arm64"')
            target.addfile(member, io.BytesIO(content) if file else None)
    subprocess.run(["docker", "load"], input=changed.getvalue(), check=True, capture_output=True)
    name, kind = docker("image", "inspect", "--format", "{{.Id}} {{.Architecture}}", image).split()
    assert kind == "arm64"
    return name


@pytest.mark.docker
@pytest.mark.skipif(PROGRAM != "podman", reason="docker needs no setting for a registry of this machine")
def test_a_registry_that_podmans_settings_allow_over_http_is_one_for_auto_too(tmp_path):
    settings = tmp_path / "registries.conf"
    with only_there(tmp_path) as image:
        place = image.partition("/")[0]
        settings.write_text(f'[[registry]]\nlocation = "{place}"\ninsecure = true\n')
        done = project(tmp_path, image).ci("run", "workflow", CONTAINERS_REGISTRIES_CONF=str(settings))
        docker("rmi", "--force", image)
    assert done.status == 0, done.stdout
    assert "engine docker (podman answers, and every image is available)" in done.stdout
    assert f"pulling {image}" in done.stdout


@contextlib.contextmanager
def only_there(tmp_path) -> Iterator[str]:
    """An image that a registry of this machine alone has, while the block lasts."""
    with serving(tmp_path, private=False) as place:
        image = f"{place}/team/tools:1"
        imported(tmp_path, image)
        docker("push", "--quiet", "--tls-verify=false", image)
        docker("rmi", image)
        yield image


@pytest.mark.docker
@pytest.mark.skipif(PROGRAM != "podman", reason="docker itself takes such a name for Docker Hub's")
@pytest.mark.parametrize("engine", ["auto", "docker"])
def test_podman_pulls_an_image_without_a_registry_from_docker_hub(tmp_path, engine):
    settings = tmp_path / "registries.conf"
    with only_there(tmp_path) as image:
        place = image.partition("/")[0]  # stands in for Docker Hub
        settings.write_text(f'[[registry]]\nprefix = "docker.io"\nlocation = "{place}"\ninsecure = true\n')
        made = project(tmp_path, "team/tools:1")
        variables = {"CONTAINERS_REGISTRIES_CONF": str(settings)}
        done = made.ci("run", "workflow", "--engine", engine, **variables)
        again = made.ci("run", "workflow", "--engine", engine, **variables)
        docker("rmi", "--force", "docker.io/team/tools:1")
    assert done.status == 0, done.stdout
    assert "engine docker" in done.stdout
    assert "pulling team/tools:1" in done.stdout
    assert again.status == 0, again.stdout
    assert "pulling" not in again.stdout


@pytest.mark.docker
def test_the_default_shell_of_an_image_without_bash_ends_a_step_at_a_pipelines_failure_too(tmp_path):
    image = f"nox-circleci/test-tools:{os.getpid()}"
    imported(tmp_path, image)
    made = project(tmp_path, image, script="false | cat; echo on")
    try:
        done = made.ci("run", "workflow", "--engine", "docker", "--json")
    finally:
        docker("rmi", "--force", image)
    assert done.status == 1
    assert done.output("build") == ""


@pytest.mark.docker
def test_a_pull_that_fails_where_the_image_is_here_is_a_warning(tmp_path):
    image = f"127.0.0.1:9/no/such:{os.getpid()}"
    docker("tag", BASE, image)
    try:
        done = project(tmp_path, image).ci("run", "workflow", "--engine", "docker", "--json", "--pull", "always")
    finally:
        docker("rmi", image)
    assert done.status == 0, done.stdout
    (warning,) = [each for each in done.events if each.get("level") == "warning"]
    assert warning["text"].startswith(f"connection refused (127.0.0.1:9): the image {image} cannot be pulled")
    assert warning["text"].endswith("; the one that is here is used")


@pytest.mark.docker
def test_images_pulls_a_private_image_with_its_auth_and_says_which_it_could_not(pushed, tmp_path):
    image, private = pushed
    auth = f", auth: {{username: {USER}, password: $REGISTRY_PASSWORD}}" if private else ""
    made = project(tmp_path, image, auth)
    if private:
        refused = made.ci("images", "--pull", REGISTRY_PASSWORD=PASSWORD)
        assert refused.status == 2
        assert f"auth = REGISTRY_PASSWORD for {image.partition('/')[0]}" in refused.stderr
    assert made.ci("images", "--pull", REGISTRY_PASSWORD=PASSWORD, **TRUSTED).status == 0
    assert docker("image", "inspect", "--format", "{{.Os}}", image) == "linux"
    docker("rmi", image)
    if private:
        done = made.ci("images", "--pull")
        assert done.status == 1
        assert "needs the variable REGISTRY_PASSWORD, which is not set" in done.stdout
        assert "export REGISTRY_PASSWORD=" in done.stdout


@pytest.mark.docker
@pytest.mark.parametrize("registry", [False], ids=["open"], indirect=True)
def test_credentials_of_a_cloud_are_reported_not_to_be_used(pushed, tmp_path):
    image, _ = pushed
    auth = ", aws_auth: {aws_access_key_id: mine, aws_secret_access_key: $SECRET}"
    done = project(tmp_path, image, auth).ci("run", "workflow", "--engine", "docker", "--json")
    assert done.status == 0, done.stdout
    assert f"aws_auth of {image} is not used here: log in to its registry beforehand" in done.stdout
