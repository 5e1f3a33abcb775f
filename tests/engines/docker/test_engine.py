"""Jobs in containers of a real engine, run by the command line as a user would."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci.runtime.job_environment import CERTIFICATES
from tests.patience import eventually
from tests.projects import ROOT, Project, make_project

pytestmark = pytest.mark.docker
IMAGE = "nox-circleci/base"
PROGRAM = os.environ.get("NOX_CIRCLECI_DOCKER", "docker")


def project(tmp_path, steps: str, executor: str = f"docker: [{{image: {IMAGE}}}]", **files: str) -> Project:
    lines = "\n".join(f"      {line}" for line in steps.strip("\n").splitlines())
    config = f"version: 2.1\njobs:\n  build:\n    {executor}\n    steps:\n{lines}\n"
    return make_project(tmp_path / "project", config, **files)


def run(made: Project, *words: str, **environ: str):
    return made.ci("run", "workflow", "--engine", "docker", "--json", *words, **environ)


def docker(*words: str) -> str:
    return subprocess.run([PROGRAM, *words], check=True, capture_output=True, text=True).stdout.strip()


def left_of(made: Project) -> str:
    """The containers that runs of this test's project have left: none may be."""
    runs = [path.name for path in (made.path / ".nox/ci/runs").glob("2*")] if (made.path / ".nox").exists() else []
    return "".join(docker("ps", "--all", "--quiet", "--filter", f"label=nox-circleci.run={name}") for name in runs)


def test_steps_run_in_the_image_as_its_user_with_its_shell(tmp_path):
    made = project(tmp_path, "- run: id --user --name; cat /etc/debian_version; echo $BASH_VERSION; pwd")
    done = run(made)
    assert done.status == 0, done.stdout
    name, version, bash, folder = done.output("build").split()
    assert name == "circleci"
    assert version.startswith("12")
    assert bash.startswith("5.")
    assert folder == "/home/circleci/project"


def test_the_working_directory_is_empty_until_checkout_and_then_the_users_own(tmp_path):
    steps = """
- run: test -z "$(ls -A)"
- checkout
- run: test -f README; test "$(stat --format %U README)" = circleci; git status --short; git log -1 --format=%s
"""
    made = project(tmp_path, steps, README="hello\n")
    done = run(made)
    assert done.status == 0, done.stdout
    assert "a commit" in done.output("build")
    assert not (made.path / "made").exists()


def test_nothing_that_a_job_does_reaches_the_users_checkout(tmp_path):
    made = project(tmp_path, "- checkout\n- run: echo changed >README; touch new", README="hello\n")
    assert run(made).status == 0
    assert (made.path / "README").read_text() == "hello\n"
    assert not (made.path / "new").exists()


def test_image_keys_user_environment_entrypoint_and_command(tmp_path):
    executor = f"""docker:
      - image: {IMAGE}
        user: root
        environment: {{GREETING: hello there}}
        entrypoint: [sh, -c]
        command: ["echo $GREETING >/part; mv /part /started; sleep 1000"]"""
    steps = '- run: until [ -f /started ]; do sleep 0.05; done; id --user; echo "${GREETING-unset}"; cat /started'
    made = project(tmp_path, steps, executor)
    done = run(made)
    assert done.status == 0, done.stdout
    assert done.output("build").split("\n")[:3] == ["0", "unset", "hello there"]


# https://circleci.com/docs/reference/configuration-reference/#docker, environment: "not the job steps"
def test_the_environment_of_the_primary_image_is_nothing_to_the_steps(tmp_path):
    executor = f"docker: [{{image: {IMAGE}, environment: {{PATH: /nowhere, LANG: mine, OTHER: mine}}}}]"
    done = run(project(tmp_path, '- run: echo "$LANG ${OTHER-unset}"', executor))
    assert done.status == 0, done.stdout
    assert done.output("build") == "C.UTF-8 unset\n"


def test_a_user_who_has_no_home_works_in_the_root(tmp_path):
    executor = f"docker: [{{image: {IMAGE}, user: '4321:4321'}}]"
    done = run(project(tmp_path, "- checkout\n- run: pwd; ls -A; touch made", executor, README="hello\n"))
    assert done.status == 0, done.stdout
    home = "" if PROGRAM == "docker" else "/home/circleci"  # Podman takes the image's WORKDIR for it
    assert done.output("build").split("\n")[1] == f"{home}/project"


@pytest.mark.parametrize("user", ["circleci", "root"])
def test_a_login_shell_which_sets_path_anew_finds_the_circleci_command(tmp_path, user):
    steps = """
- run: {shell: /bin/bash --login -eo pipefail, command: "echo $PATH; circleci-agent step halt"}
- run: echo never
"""
    done = run(project(tmp_path, steps, f"docker: [{{image: {IMAGE}, user: {user}}}]"))
    assert done.status == 0, done.stdout
    assert "nox-circleci" not in done.output("build")
    assert "never" not in done.output("build")


def test_a_shell_that_the_image_has_not_is_reported(tmp_path):
    done = run(project(tmp_path, "- run: {shell: /no/such, command: exit 0}"))
    assert done.status == 1
    assert done.output("build") == "there is no /no/such in the container\n"


def test_a_service_is_at_localhost_in_the_same_network(tmp_path):
    executor = f"""docker:
      - image: {IMAGE}
      - image: {IMAGE}
        name: web
        user: root
        command: [python3, -m, http.server, "8123", --directory, /etc]"""
    steps = """
- run: |
    for _ in $(seq 50); do
      if exec 3<>/dev/tcp/localhost/8123; then
        printf 'GET /debian_version HTTP/1.0\\r\\n\\r\\n' >&3
        cat <&3
        exit 0
      fi
      sleep 0.2
    done 2>/dev/null
    exit 1
"""
    made = project(tmp_path, steps, executor)
    done = run(made)
    assert done.status == 0, done.stdout
    assert "200 OK" in done.output("build")
    assert left_of(made) == ""


def test_a_service_that_has_ended_is_reported_once_with_its_last_words_at_the_latest_when_the_job_fails(tmp_path):
    executor = f"""docker:
      - image: {IMAGE}
      - image: {IMAGE}
        name: db
        command: [sh, -c, "echo no room here; exit 3"]"""
    done = run(project(tmp_path, "- run: sleep 5; exit 1", executor))
    assert done.status == 1
    assert done.stdout.count("no room here") == 1
    assert f"the service {IMAGE} (db) has ended, exit status 3: no room here" in done.stdout


def test_an_image_that_is_not_here_fails_the_job_with_what_to_do(tmp_path):
    executor = "docker: [{image: nox-circleci/no-such-image:1}]"
    done = run(project(tmp_path, "- run: exit 0", executor), "--pull", "never")
    assert done.status == 1
    assert "nox-circleci/no-such-image:1 is not here, and --pull is never" in done.stdout


def test_a_dry_run_says_of_each_image_whether_it_is_here(tmp_path):
    gone = "nox-circleci/no-such-image:1"
    made = project(tmp_path, "- run: exit 0", f"docker: [{{image: {IMAGE}}}, {{image: {gone}}}]")
    words = ("run", "workflow", "--engine", "docker", "--dry-run")
    lines = made.ci(*words).stdout.splitlines()
    assert f"        in a container of {IMAGE}" in lines
    assert f"        in a container of {gone}, which would be pulled" in lines
    output = made.ci(*words, "--pull", "never").stdout
    assert f"{gone}, which is not here, and --pull is never: the job would fail" in output


def test_a_primary_container_that_ends_at_once_fails_the_job_with_its_last_words(tmp_path):
    executor = f"""docker:
      - image: {IMAGE}
        entrypoint: [sh, -c, "echo I cannot start; exit 5"]"""
    made = project(tmp_path, "- run: exit 0", executor)
    done = run(made)
    assert done.status == 1
    assert "I cannot start" in done.stdout
    assert left_of(made) == ""


def test_a_container_that_ends_within_a_step_fails_that_step_and_says_so(tmp_path):
    ends = "until [ -e /tmp/begun ]; do sleep 0.1; done; sleep 1"
    executor = f"docker: [{{image: {IMAGE}, entrypoint: [sh, -c, '{ends}']}}]"
    steps = "- run: printf begun; touch /tmp/begun; sleep 300\n- run: {command: exit 0, when: always}"
    done = run(project(tmp_path, steps, executor))
    assert done.status == 1
    (step,) = [event for event in done.events if event["event"] == "step.finish"]
    assert (step["status"], step["message"]) == ("failed", "the container exited by itself (status 0)")
    assert done.output("build") == "begun"


def test_a_checkout_can_go_where_the_runner_has_files_of_its_own(tmp_path):
    made = project(
        tmp_path, "- checkout\n- run: cat README", f"working_directory: /tmp\n    {WAYS['docker']}", README="x\n"
    )
    assert run(made).output("build").endswith("x\n")


@pytest.mark.parametrize("file", ["a", ".a", "..a", "nox"])
def test_a_checkout_does_not_go_where_files_are(tmp_path, file):
    done = run(project(tmp_path, f"- run: touch {file}\n- checkout"))
    assert done.status == 1
    assert "is not empty and not a git repository" in done.stdout


def test_the_resource_class_limits_the_container(tmp_path):
    executor = f"docker: [{{image: {IMAGE}}}]\n    resource_class: small"
    made = project(tmp_path, "- run: exit 0", executor)
    done = run(made, "--keep")
    name = docker("ps", "--quiet", "--filter", f"label=nox-circleci.run={run_name(made)}")
    try:
        assert done.status == 0
        assert docker("inspect", "--format", "{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}", name) == (
            f"{10**9} {2 * 1024**3}"
        )
    finally:
        docker("rm", "--force", name)


def run_name(made: Project) -> str:
    return next(path.name for path in (made.path / ".nox/ci/runs").glob("2*"))


def test_a_container_that_takes_too_much_memory_is_reported(tmp_path):
    executor = f"docker: [{{image: {IMAGE}}}]\n    resource_class: small"
    hog = "- run: python3 -c 'x = bytearray(3 * 1024**3); print(len(x))'"
    done = run(project(tmp_path, hog, executor))
    assert done.status == 1
    said = ("Killed", "137", "ran out of memory")
    assert any(each in done.stdout for each in said), done.stdout


def test_a_jobs_list_of_processes_shows_its_own_and_little_of_the_runners(tmp_path):
    listed = run(project(tmp_path, "- run: ps -e -o args=")).output("build").splitlines()
    assert len(listed) == 3  # what runs the steps, the step, ps
    assert all(len(line) < 100 for line in listed)


def test_secrets_are_in_no_option_of_the_container(tmp_path):
    made = project(tmp_path, '- run: test "$TOKEN" = abcd-secret; echo "$TOKEN"')
    done = run(made, "--keep", "--env", "TOKEN=abcd-secret")
    name = docker("ps", "--quiet", "--filter", f"label=nox-circleci.run={run_name(made)}")
    try:
        assert done.status == 0, done.stdout
        assert "abcd-secret" not in done.stdout
        assert "abcd-secret" not in docker("inspect", name)
    finally:
        docker("rm", "--force", name)


def test_what_a_server_of_an_earlier_step_logs_does_not_spoil_what_is_read(tmp_path):
    steps = """
- run: |
    echo content >file
    (while :; do echo "log line of a server"; sleep 0.01; done) &
- save_cache: {key: 'v1-{{ checksum "file" }}', paths: [file]}
- store_artifacts: {path: file}
- run: echo the last step
"""
    made = project(tmp_path, steps)
    done = run(made)
    assert done.status == 0, done.stdout
    assert (made.path / f".nox/ci/runs/{run_name(made)}/artifacts/build/file").read_text() == "content\n"
    assert left_of(made) == ""


def test_a_shell_that_takes_the_text_gets_it(tmp_path):
    made = project(tmp_path, "- run: {shell: sh -c, command: 'echo $0 is a shell'}")
    assert "sh is a shell" in run(made).output("build")


def test_scripts_of_any_size_and_content_arrive_whole(tmp_path):
    text = 'é\\n%s\t"`$ \n' * 3000
    script = f"printf %s '{text}' | wc -c"
    made = project(tmp_path, f"- run: {json.dumps(script)}")
    done = run(made)
    assert done.status == 0, done.stdout[-2000:]
    assert int(done.output("build")) == len(text.encode())


def test_machine_and_macos_executors_are_skipped_with_the_reason(tmp_path):
    for executor, reason in (
        ("machine: {image: ubuntu-2204:current}", "name an image for it"),
        ("macos: {xcode: 15.0.0}", "there are no macOS containers"),
        ("machine: {image: windows-server-2022-gui:current}\n    resource_class: windows.medium", "Windows"),
    ):
        made = project(tmp_path / executor[:5] / executor[-6:].strip("}"), "- run: exit 0", executor)
        done = run(made)
        assert done.status == 1, done.stdout  # nothing ran
        assert reason in done.stdout


def test_a_machine_executor_runs_in_the_image_of_the_settings(tmp_path):
    steps = "- run: cat /etc/debian_version /proc/1/comm"
    made = project(tmp_path, steps, "machine: {image: ubuntu-2204:current}")
    made.write("pyproject.toml", f'[tool.nox-circleci]\nmachine-image = "{IMAGE}"\n')
    done = run(made)
    assert done.status == 0, done.stdout
    version, first = done.output("build").splitlines()
    assert version.startswith("12")
    assert "init" in first  # not the shell that runs the steps


@pytest.mark.skipif((os.cpu_count() or 1) >= 20, reason="this machine has all that the largest class gives")
def test_a_resource_class_that_the_machine_is_too_small_for_makes_the_job_emulated(tmp_path):
    executor = f"resource_class: 2xlarge+\n    docker: [{{image: {IMAGE}}}]"
    fidelity = run(project(tmp_path, "- run: exit 0", executor)).events[-2]["fidelity"]
    assert fidelity["level"] == "emulated"
    assert "for resource class 2xlarge+" in fidelity["differences"][0]


def test_a_machine_executor_runs_on_this_machine_where_that_is_asked_for(tmp_path):
    made = project(tmp_path, "- run: test -d /tmp; echo here", "machine: {image: ubuntu-2204:current}")
    done = run(made, "--machine", "host")
    assert done.status == 0, done.stdout
    assert done.output("build") == "here\n"


MIXED = f"""
version: 2.1
jobs:
  first:
    docker: [{{image: {IMAGE}}}]
    steps: [run: 'mkdir d; echo x >d/f; chmod 640 d/f', persist_to_workspace: {{root: ., paths: [d/f]}}]
  here:
    machine: true
    steps:
      - attach_workspace: {{at: .}}
      - run: test "$(stat -c %a d/f)" = 640; echo y >d/g; ln d/g d/h; ln -s g d/link
      - persist_to_workspace: {{root: ., paths: [d/g, d/h, d/link]}}
  last:
    docker: [{{image: {IMAGE}}}]
    steps:
      - attach_workspace: {{at: .}}
      - run: test "$(stat -c %a d/f)" = 640; test d/g -ef d/h; test "$(readlink d/link)" = g; cat d/f d/link
workflows: {{workflow: {{jobs: [first, here: {{requires: [first]}}, last: {{requires: [here]}}]}}}}
"""


def test_a_workspace_goes_from_a_container_to_this_machine_and_back(tmp_path):
    done = run(make_project(tmp_path / "project", MIXED), "--machine", "host")
    assert done.status == 0, done.stdout
    assert done.output("last").endswith("\nx\ny\n")


def test_an_engine_that_does_not_answer_is_an_error_with_what_to_do(tmp_path):
    made = project(tmp_path, "- run: exit 0")
    done = run(
        made,
        DOCKER_HOST=f"unix://{tmp_path}/no.sock",
        CONTAINER_HOST=f"unix://{tmp_path}/no.sock",
        PATH=only_docker(tmp_path),
    )
    assert done.status == 2
    assert "does not answer" in done.stderr
    assert "--engine host" in done.stderr


def only_docker(tmp_path) -> str:
    """A PATH with git and the one engine."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in (PROGRAM, "git", "bash", "sh"):
        (folder / program).symlink_to(shutil.which(program))
    return str(folder)


def test_a_machine_without_an_engine_says_what_to_start(tmp_path):
    made = project(tmp_path, "- run: exit 0")
    folder = only_docker(tmp_path)
    (tmp_path / "bin" / PROGRAM).unlink()
    done = run(made, PATH=folder)
    assert done.status == 2
    assert f"there is no {PROGRAM} on PATH" in done.stderr


PING = """
- setup_remote_docker
- run: |
    python3 - <<'END'
    import socket
    engine = socket.socket(socket.AF_UNIX)
    engine.connect("/var/run/docker.sock")
    engine.sendall(b"GET /_ping HTTP/1.0\\r\\n\\r\\n")
    print(engine.recv(4096).decode())
    END
"""


@pytest.mark.skipif(PROGRAM == "podman", reason="podman has no socket of its own")
def test_a_machine_which_has_an_engine_on_circleci_has_one_with_allow_docker(tmp_path):
    made = project(tmp_path, "- run: test -S /var/run/docker.sock", "machine: {image: ubuntu-2204:current}")
    made.write("pyproject.toml", f'[tool.nox-circleci]\nmachine-image = "{IMAGE}"\n')
    assert run(made).status == 1
    assert run(made, "--allow-docker").status == 0


@pytest.mark.skipif(PROGRAM == "podman", reason="podman has no socket of its own")
def test_the_engine_is_offered_to_a_job_only_with_allow_docker(tmp_path):
    made = project(tmp_path, PING.replace("<<", "\\<<"))
    refused = run(made)
    assert refused.status == 1
    assert "only with --allow-docker" in refused.stdout
    offered = run(made, "--allow-docker")
    assert offered.status == 0, offered.stdout
    assert "200 OK" in offered.output("build")
    without = project(tmp_path / "without", "- run: test ! -e /var/run/docker.sock")
    assert run(without, "--allow-docker").status == 0  # it did not ask for one


LONG = "- run: echo 'it 'runs; sleep 100"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_container(tmp_path, number):
    made = project(tmp_path, LONG)
    process = started(made)
    process.send_signal(number)
    assert process.wait(60) == 130
    assert left_of(made) == ""


def test_what_a_killed_run_left_the_next_removes_and_a_living_ones_it_does_not(tmp_path):
    made = project(tmp_path, LONG)
    killed = started(made)
    assert left_of(made) != ""
    killed.kill()
    killed.wait()
    living = started(make_project(tmp_path / "other", (made.path / ".circleci/config.yml").read_text()))
    try:
        other = Project(tmp_path / "other")
        short = project(tmp_path / "third", "- run: exit 0")
        assert run(short).status == 0
        assert eventually(lambda: left_of(made) == "")  # another test's run may be at it
        assert left_of(other) != ""
    finally:
        living.send_signal(signal.SIGINT)
        living.wait(60)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs unshare, and root for it")
@pytest.mark.skipif(PROGRAM == "podman", reason="podman has no engine that two PID namespaces share")
def test_containers_of_a_run_in_another_pid_namespace_are_left(tmp_path):
    """A run in a container that has this machine's engine and name: nobody sees here whether it lives."""
    made = project(tmp_path, LONG)
    words = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
    elsewhere = started(made, words, TMPDIR=str(tmp_path))  # what it leaves there nobody else may remove
    try:
        assert run(project(tmp_path / "other", "- run: exit 0")).status == 0
        assert left_of(made) != ""
        assert elsewhere.poll() is None
    finally:
        elsewhere.kill()
        elsewhere.wait()
        docker("rm", "--force", *left_of(made).split())


def started(made: Project, within: tuple[str, ...] = (), **environ: str) -> subprocess.Popen:
    """A run whose container is there and whose step, ``LONG``, runs."""
    words = [*within, sys.executable, "-m", "ci", "run", "workflow", "--engine", "docker", "--json"]
    process = subprocess.Popen(
        words, cwd=made.path, env={**os.environ, "PYTHONPATH": str(ROOT), **environ}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "it runs" in line:
            break
    return process


def test_containers_find_each_other_by_their_names_and_at_localhost(tmp_path):
    """https://circleci.com/docs/reference/configuration-reference/#docker (``name``)"""
    serve = "command: [python3, -m, http.server, '8123', --directory, /etc]"
    executor = f"docker: [{{image: {IMAGE}, name: main}}, {{image: {IMAGE}, name: db, {serve}}}]"
    steps = """
- run: |
    for host in db localhost; do curl --noproxy "*" -sS --retry 20 --retry-connrefused $host:8123/hosts; done
- run: test -n "$(getent hosts main)"
"""
    done = run(project(tmp_path, steps, executor))
    assert done.status == 0, done.stdout
    known = [line.split() for line in done.output("build").splitlines()]  # the service's own hosts
    assert ["127.0.0.1", "main"] in known
    assert ["127.0.0.1", "db"] in known


BACKGROUND = "- run: {command: sleep 4567, background: true}\n- run: until pgrep -f 'sleep 4567'; do sleep 0.1; done"
WAYS = {
    "docker": f"docker: [{{image: {IMAGE}}}]",
    "machine": "machine: {image: ubuntu-2204:current}",
    "own program": f"docker: [{{image: {IMAGE}, entrypoint: [sleep, '3456']}}]",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_kept_container_lives_on_without_the_jobs_processes_until_it_is_cleaned_away(tmp_path, way):
    made = project(tmp_path, f"- run: echo made >~/made\n{BACKGROUND}", WAYS[way])
    made.write("pyproject.toml", f'[tool.nox-circleci]\nmachine-image = "{IMAGE}"\n')
    done = run(made, "--keep")
    assert done.status == 0, done.stdout
    kept = left_of(made)
    try:
        (line,) = [line for line in done.first("job.start")["details"] if "kept for inspection" in line]
        name = line.split()[-2]
        assert done.first("job.start")["kept"] == [f"{PROGRAM} exec -it {name} sh", "python -m ci clean containers"]
        assert docker("exec", name, "cat", "/home/circleci/made") == "made"
        assert "sleep 4567" not in docker("exec", name, "ps", "-e", "-o", "args")
        assert run(project(tmp_path / "other", "- run: exit 0")).status == 0  # which removes what killed runs left
        assert left_of(made) == kept
        assert f"removed container {name}" in made.ci("clean", "containers").stdout
        assert left_of(made) == ""
    finally:
        subprocess.run([PROGRAM, "rm", "--force", *kept.split()], capture_output=True)


def test_a_services_container_is_kept_too(tmp_path):
    executor = f"docker: [{{image: {IMAGE}}}, {{image: {IMAGE}, command: sleep 3456}}]"
    made = project(tmp_path, "- run: exit 0", executor)
    try:
        assert run(made, "--keep").status == 0
        runs = [path.name for path in (made.path / ".nox/ci/runs").glob("2*")]
        assert len(docker("ps", "--quiet", "--filter", f"label=nox-circleci.run={runs[0]}").split()) == 2
    finally:
        made.ci("clean", "containers")
    assert left_of(made) == ""


def test_a_proxy_on_this_machines_loopback_is_reached_from_a_job(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_one, args=(server,), daemon=True).start()
        proxy = f"http://me:open-sesame@127.0.0.1:{server.getsockname()[1]}"
        steps = "- run: python3 -c 'import urllib.request as u; print(u.urlopen(\"http://example.invalid/x\").read())'"
        done = run(project(tmp_path, steps), http_proxy=proxy, no_proxy="", NO_PROXY="")
    assert done.status == 0, done.stdout
    assert "b'GET http://example.invalid/x'" in done.output("build")


def answer_one(server: socket.socket) -> None:
    """A proxy that answers with what it was asked."""
    connection, _ = server.accept()
    with connection:
        asked = connection.recv(65536).split(b" HTTP/")[0]
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + asked)


def test_a_proxys_password_is_masked_wherever_it_shows_up(tmp_path):
    made = project(tmp_path, "- run: env | grep -i _proxy")
    done = run(made, https_proxy="http://me:open%2Dsesame@proxy.invalid:1")
    assert "http://me:****@proxy.invalid:1" in done.output("build")
    log = (made.path / ".nox/ci/runs" / run_name(made) / "log/build.log").read_text()
    assert "sesame" not in done.stdout + log


def test_a_proxys_password_is_in_no_process_list(tmp_path):
    made = project(tmp_path, f"{LONG}; echo $https_proxy")
    secret = "-".join(("open", "sesame", str(os.getpid())))
    process = started(made, https_proxy=f"http://me:{secret}@proxy.invalid:1")
    try:
        words = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # it has ended
                words.append(path.read_bytes())
        assert any(b"nox-circleci" in each for each in words)
        assert not any(secret.encode() in each for each in words)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


FLOOD = """
- run: (trap '' HUP; touch deaf; exec yes 'flo''od') & until [ -e deaf ]; do sleep 0.02; done
- run: sleep 0.3
- run: exit 4
"""


def test_what_a_step_leaves_writing_holds_up_no_later_step(tmp_path):
    done = run(project(tmp_path, FLOOD))
    assert done.finish("build")["status"] == "failed"
    ended = [event for event in done.events if event["event"] == "step.finish"]
    assert [(each["status"], each["exit_status"]) for each in ended] == [("success", 0), ("success", 0), ("failed", 4)]


def test_a_run_whose_output_nobody_reads_fast_ends_when_it_is_asked_to(tmp_path):
    made = project(tmp_path, FLOOD.replace("sleep 0.3", "sleep 60"))
    words = [sys.executable, "-m", "ci", "run", "workflow", "--engine", "docker"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, cwd=made.path, env=environ, stdout=subprocess.PIPE)
    assert process.stdout is not None
    while b"flood" not in (line := process.stdout.readline()):
        assert line
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    reader = threading.Thread(target=slowly, args=(process.stdout,))
    reader.start()
    assert process.wait(60) == 130
    reader.join()
    assert left_of(made) == ""


def slowly(stream) -> None:
    while stream.read(1 << 20):
        time.sleep(0.01)


def test_a_step_may_remove_all_temporary_files(tmp_path):
    steps = "- run: rm -rf /tmp/*\n- run: echo on; type circleci\n- run: circleci step halt\n- run: exit 1"
    done = run(project(tmp_path, steps))
    assert done.status == 0, done.stdout
    assert "on\n" in done.output("build")


def test_certificates_that_the_engine_does_not_see_are_an_error_and_no_folder_of_their_name(tmp_path):
    place = shutil.which("unshare")
    if not place or os.getuid() or PROGRAM == "podman":
        pytest.skip("needs a file that the engine does not see: unshare, root, docker")
    made = project(tmp_path, "- run: exit 0")
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    script = f'mount -t tmpfs none {hidden} && echo x >{hidden}/ca.pem && SSL_CERT_FILE={hidden}/ca.pem "$@"'
    words = [sys.executable, "-m", "ci", "run", "workflow", "--engine", "docker", "--json"]
    bare = {name: value for name, value in os.environ.items() if name not in CERTIFICATES}
    output = subprocess.run(
        [place, "-m", "sh", "-c", script, "sh", *words],
        cwd=made.path,
        env={**bare, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert output.returncode == 1
    assert f"{hidden}/ca.pem" in output.stdout
    assert "--no-host-ca" in output.stdout
    assert list(hidden.iterdir()) == []


@contextlib.contextmanager
def built(folder: Path, name: str, lines: str) -> Iterator[str]:
    """An image of those lines on top of the small one, while the block lasts."""
    image = f"nox-circleci/test-{name}-{os.getpid()}"
    words = [PROGRAM, "build", "--tag", image, "--file", "-", str(folder)]
    subprocess.run(words, input=f"FROM {IMAGE}\n{lines}\n", text=True, check=True, capture_output=True)
    try:
        yield image
    finally:
        docker("rmi", "--force", image)


# https://circleci.com/docs/reference/configuration-reference/#docker, command
def test_a_command_of_the_config_is_the_arguments_of_the_images_entrypoint(tmp_path):
    program = 'ENTRYPOINT ["sh", "-c", "echo \\"$0 $1\\" >/tmp/part; mv /tmp/part /tmp/got; sleep 1000"]'
    steps = "- run: until [ -f /tmp/got ]; do sleep 0.05; done; cat /tmp/got"
    with built(tmp_path, "arguments", program) as image:
        done = run(project(tmp_path / "made", steps, f"docker: [{{image: {image}, command: [first, second]}}]"))
    assert done.status == 0, done.stdout
    assert done.output("build") == "first second\n"


@pytest.mark.parametrize("label", ["true", "false"])
def test_an_image_that_says_so_runs_its_own_entrypoint_beside_the_steps(tmp_path, label):
    lines = f"""LABEL com.circleci.preserve-entrypoint={label}
ENTRYPOINT ["sh", "-c", "echo up >/tmp/entrypoint; sleep 1000"]"""
    steps = "- run: sleep 0.3; cat /tmp/entrypoint || echo it did not run"
    with built(tmp_path, f"entrypoint-{label}", lines) as image:
        done = run(project(tmp_path / "made", steps, f"docker: [{{image: {image}}}]"))
    assert done.status == 0, done.stdout
    assert done.output("build").endswith("up\n" if label == "true" else "it did not run\n")


def long_text(background: str = "") -> str:
    """A step whose shell takes text, and whose text is longer than one argument of a process may be."""
    script = f": {'x' * 200_000}; echo on; : >begun; false; echo never"
    return f"- run: {{shell: bash -eo pipefail -c, {background}command: '{script}'}}"


def test_a_text_longer_than_an_argument_runs_as_a_short_one_does(tmp_path):
    done = run(project(tmp_path, long_text()))
    assert done.output("build") == "on\n"
    assert [event["exit_status"] for event in done.events if event["event"] == "step.finish"] == [1]


def test_a_background_text_longer_than_an_argument_runs(tmp_path):
    done = run(project(tmp_path, f"{long_text('background: true, ')}\n- run: until [ -e begun ]; do sleep 0.05; done"))
    assert done.status == 0, done.stdout
    assert done.output("build") == "on\n"
