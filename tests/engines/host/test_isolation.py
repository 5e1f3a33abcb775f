"""A job on this machine leaves it as it was, and what it relies on is there."""

import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ci import process
from ci.engines.host import isolation
from ci.events import JobStarted, Output
from ci.runtime.task import Settings
from ci.workflow.model import AttachWorkspace, Checkout, PersistToWorkspace, SetupRemoteDocker, StoreArtifacts
from tests.patience import ASLEEP, alive, eventually
from tests.tasks import HERE, job, run, run_task, task

REPOSITORY = Path(__file__).parents[3]
REASON = isolation.unavailable_reason()
namespaces = pytest.mark.skipif(bool(REASON), reason=f"no namespaces here: {REASON}")


def settings(base, **keys):
    return Settings(base, state=base / "state", **keys)


def outcome_of(base, *commands, steps=(), **keys):
    """The outcome of a job with those commands as steps, and all that it printed."""
    keys.setdefault("settings", settings(base, isolation="namespace"))
    outcome, events = run_task(task(base, [*map(run, commands), *steps], **keys))
    return outcome, "".join(each.text for each in events if isinstance(each, Output))


@namespaces
@pytest.mark.parametrize("place", ["/etc", "/usr/local/bin", "/opt", "/var/tmp", "/tmp", "/dev/shm", "/dev"])
def test_nothing_that_a_step_writes_outside_its_home_stays(tmp_path, place):
    if not os.access(place, os.W_OK):
        pytest.skip(f"{place} cannot be written by this user")
    name = f"{place}/nox-circleci-test-{os.getpid()}"
    outcome, _ = outcome_of(tmp_path, f"echo x >{name}", f"test -s {name}")
    assert outcome.status == "success"
    assert not os.path.exists(name)


@namespaces
def test_places_for_temporary_files_are_empty_and_can_be_written(tmp_path):
    outcome, output = outcome_of(tmp_path, "find /tmp /var/tmp /dev/shm -mindepth 1; touch /var/tmp/x")
    assert (outcome.status, output) == ("success", "")


@namespaces
@pytest.mark.skipif(os.getuid() != 0, reason="only root can change settings of the kernel")
def test_a_job_of_root_changes_no_setting_of_the_kernel(tmp_path):
    name = "/proc/sys/kernel/hostname"
    outcome, _ = outcome_of(
        tmp_path, f"set +e; cat {name} >{name}; test $? != 0 && ! mkdir /sys/fs/cgroup/nox-circleci"
    )
    assert outcome.status == "success"


MOUNTS = """
cd "$1" && mkdir disk rom && echo mine >hosts && mount --bind hosts /etc/hosts
mount -t tmpfs none rom && mkdir rom/disk && mount -t tmpfs none rom/disk && mount -o remount,ro rom
echo mine | tee file rom/disk/file >disk/file && mount --bind disk disk
"$2" -m ci run w --engine host --isolation namespace && cat file disk/file rom/disk/file /etc/hosts
"""
CONFIG = """
version: 2.1
jobs:
  a:
    docker: [{{image: x}}]
    steps:
      - run: for each in file disk/file rom/disk/file; do echo changed >>"{0}/$each"; done; echo changed >>/etc/hosts
workflows: {{w: {{jobs: [a]}}}}
"""


@namespaces
@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount")
def test_files_below_mounts_and_files_that_are_mounted_are_as_they_were(tmp_path):
    place = Path(tempfile.mkdtemp(prefix="nox-test-", dir="/srv"))
    try:
        (place / ".circleci").mkdir()
        (place / ".circleci/config.yml").write_text(CONFIG.format(place))
        environment = {**os.environ, "PYTHONPATH": os.fspath(REPOSITORY)}
        words = ["unshare", "-m", "bash", "-ec", MOUNTS, "bash", os.fspath(place), sys.executable]
        ran = process.capture(words, env=environment)
    finally:
        shutil.rmtree(place)
    assert ran.ok, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-4:] == ["mine"] * 4


@namespaces
def test_a_job_whose_view_cannot_be_made_does_not_run_without_one(tmp_path):
    sentinel = tmp_path / "sentinel"
    steps = (run(f"touch {sentinel}"), Checkout(HERE, path="/proc/place"))
    outcome, _ = run_task(task(tmp_path, steps, settings=settings(tmp_path, isolation="auto")))
    assert outcome.status == "failed"
    assert not sentinel.exists()


@namespaces
@pytest.mark.parametrize("given", [True, False])
def test_a_file_of_credentials_is_covered_unless_its_variable_is_passed(tmp_path, monkeypatch, given):
    file = Path(tempfile.mkdtemp(prefix="nox-test-", dir=Path.home()), "kube")
    file.write_text("credential")
    monkeypatch.setenv("KUBECONFIG", str(file))
    try:
        _, output = outcome_of(tmp_path, f"cat {file}", plain=(("KUBECONFIG", str(file)),) if given else ())
    finally:
        shutil.rmtree(file.parent)
    assert output == ("credential" if given else "")


@namespaces
def test_no_home_is_made_for_a_user_that_has_none(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "absent"))
    assert outcome_of(tmp_path, "true")[0].status == "success"
    assert not (tmp_path / "absent").exists()


@namespaces
def test_the_users_files_are_as_they_were_whatever_a_step_does_to_them(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "file").write_text("the user's")
    shared = settings(project, isolation="namespace")
    outcome, output = outcome_of(
        tmp_path,
        f"cat {project}/file; echo changed >{project}/file; cat {project}/file; rm -rf {project}/*",
        settings=shared,
        plain=(("FOLDER", str(project)),),
    )
    assert outcome.status == "success"
    assert output == "the user'schanged\n"
    assert (project / "file").read_text() == "the user's"


@namespaces
def test_home_working_directory_and_temporary_files_are_where_circlecis_images_have_them(tmp_path):
    _, output = outcome_of(tmp_path, "echo $HOME; pwd; ls -A /tmp; cd ~ && ls -d .local/bin bin")
    assert output.splitlines() == ["/home/circleci", "/home/circleci/project", ".local/bin", "bin"]


@namespaces
def test_a_working_directory_that_names_the_users_own_project_is_an_empty_place_of_the_jobs(tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    (app / "file").write_text("the user's")
    outcome, output = outcome_of(tmp_path, f"pwd; ls -A; touch {app}/new", working_directory=str(app))
    assert outcome.status == "success"
    assert output == f"{app}\n"
    assert os.listdir(app) == ["file"]


@namespaces
def test_built_in_steps_reach_every_place_that_steps_write_to(tmp_path):
    made = "mkdir -p /opt/new /tmp/out; echo opt >/opt/new/file; echo tmp >/tmp/out/file; ln -s /tmp/out ~/link"
    steps = [
        StoreArtifacts(HERE, "/opt/new"),
        StoreArtifacts(HERE, "~/link/file"),
        PersistToWorkspace(HERE, "/", ("opt/new", "tmp/out", "home/circleci/link")),
    ]
    if os.getuid():
        pytest.skip("an ordinary user cannot write to /opt")
    outcome, output = outcome_of(tmp_path, made, steps=steps)
    assert outcome.status == "success", output
    artifacts = tmp_path / "artifacts/build"
    assert (artifacts / "opt/new/file").read_text() == "opt\n"
    assert sorted(outcome.layers[0].members) == ["home/circleci/link", "opt/new/file", "tmp/out/file"]
    check = "cat /opt/new/file ~/link/file"
    outcome, output = outcome_of(
        tmp_path / "second", steps=[AttachWorkspace(HERE, "/"), run(check)], layers=(outcome.layers,)
    )
    assert (outcome.status, output.splitlines()[-2:]) == ("success", ["opt", "tmp"])


@namespaces
def test_a_link_that_a_step_made_leads_built_in_steps_to_the_jobs_files_never_to_the_users(tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("the user's")
    origin = tmp_path / "origin"
    origin.mkdir()
    (origin / "file").write_text("from the checkout")
    base = task(
        tmp_path, [run(f"mkdir -p {victim.parent}; ln -s {victim} ~/project/link"), Checkout(HERE, path="link")]
    )
    outcome, _ = run_task(
        replace(
            base, work_tree=replace(base.work_tree, root=origin), settings=settings(tmp_path, isolation="namespace")
        )
    )
    assert outcome.status in ("success", "failed")
    assert (victim / "file").read_text() == "the user's"


@namespaces
def test_credentials_in_the_users_home_are_not_to_be_seen(tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    for name in (".ssh/id_rsa", ".netrc"):
        (home / name).write_text("secret")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{home}:{os.environ['PATH']}")
    outcome, output = outcome_of(tmp_path, f"find {home} -type f -size +0; cat {home}/.netrc || true")
    assert outcome.status == "success"
    assert "secret" not in output
    assert "id_rsa" not in output


@namespaces
def test_a_socket_and_a_bundle_that_are_passed_on_are_at_their_own_paths(tmp_path, monkeypatch):
    (tmp_path / "bundle.pem").write_text("certificates")
    monkeypatch.setenv("SSL_CERT_FILE", f"{tmp_path}/bundle.pem")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/s")
        listener.listen()
        connect = f"import socket; socket.socket(socket.AF_UNIX).connect('{tmp_path}/s')"
        outcome, output = outcome_of(
            tmp_path,
            f'cat $SSL_CERT_FILE; python3 -c "{connect}"',
            plain=(("MY_ENGINE", f"unix://{tmp_path}/s"),),
        )
    assert (outcome.status, output) == ("success", "certificates")


@namespaces
def test_a_folder_that_is_shared_is_this_machines_own(tmp_path):
    (tmp_path / "shared").mkdir()
    with_share = settings(tmp_path, isolation="namespace", share=(f"{tmp_path}/shared",))
    outcome, _ = outcome_of(tmp_path, f"echo new >{tmp_path}/shared/file", settings=with_share)
    assert outcome.status == "success"
    assert (tmp_path / "shared/file").read_text() == "new\n"


@pytest.mark.parametrize("kind", ["folder", pytest.param("namespace", marks=namespaces)])
def test_a_step_has_no_descriptor_but_input_output_and_errors(tmp_path, kind):
    listing = 'for each in /proc/self/fd/*; do [ -e "$each" ] && echo "${each##*/}"; done'
    _, output = outcome_of(tmp_path, f"sh -c '{listing}'", settings=settings(tmp_path, isolation=kind))
    assert set(output.split()) <= {"0", "1", "2", "3"}  # 3 is the shell's own: the listing
    _, output = outcome_of(
        tmp_path / "b", "readlink /proc/self/fd/5 || echo none", settings=settings(tmp_path, isolation=kind)
    )
    assert "socket" not in output


@pytest.mark.parametrize("kind", ["folder", pytest.param("namespace", marks=namespaces)])
def test_what_a_step_leaves_running_is_hung_up_and_nohup_and_setsid_survive(tmp_path, kind):
    """https://github.com/circleci/circleci-docs/issues/4208"""
    start = (
        f"sleep 300 & echo $! >plain; nohup sleep 300 >/dev/null & echo $! >nohup; {ASLEEP}"
        f"setsid sleep 300 & echo $! >setsid; {ASLEEP}"
    )
    check = (
        "for i in $(seq 50); do kill -0 $(cat plain) 2>/dev/null || break; sleep 0.1; done; ! kill -0 $(cat plain)"
        "; kill -0 $(cat nohup); pgrep -f 'sleep 300' >/dev/null"
    )
    outcome, output = outcome_of(tmp_path, start, check, settings=settings(tmp_path, isolation=kind))
    assert outcome.status == "success", output


def test_the_first_lines_say_where_the_jobs_folder_is_on_this_machine(tmp_path):
    _, events = run_task(task(tmp_path, [run("true")]))
    details = " ".join(next(each for each in events if isinstance(each, JobStarted)).details)
    assert str(tmp_path / "scratch") in details or "nox-circleci-jobs-" in details


def test_a_job_that_uses_this_machines_docker_keeps_this_machines_paths(tmp_path):
    auto = settings(tmp_path)
    assert isolation.of_job(job(executor="machine"), auto) == "folder"
    assert isolation.of_job(job(SetupRemoteDocker(HERE)), auto) == "folder"
    wanted = "folder" if REASON else "namespace"
    assert isolation.of_job(job(), auto) == wanted
    assert isolation.of_job(job(), replace(auto, isolation="folder")) == "folder"


def test_a_job_in_folders_that_calls_pip_gets_a_virtualenv_of_its_own(tmp_path):
    _, output = outcome_of(
        tmp_path, "command -v pip; echo $VIRTUAL_ENV", settings=settings(tmp_path, isolation="folder")
    )
    pip, virtualenv = output.split()
    assert pip == f"{virtualenv}/bin/pip"


@namespaces
def test_the_supervisor_and_its_guard_killed_together_leave_nothing(tmp_path):
    ended = _killed(tmp_path, signal.SIGKILL, both=True)
    assert ended.status == "failed"


@namespaces
def test_a_supervisor_that_is_stopped_goes_on(tmp_path):
    assert _killed(tmp_path, signal.SIGSTOP, both=False).status == "success"


def _killed(base, number, both):
    """A job whose supervisor, and its guard, get a signal while a step and a daemon run."""
    mark = f"3{os.getpid() % 10**6:06}"
    script = f"setsid sleep {mark} & sleep 5"
    made = task(base, [run(script), run("true")], settings=settings(base, isolation="namespace"))
    found = []
    thread = threading.Thread(target=lambda: found.append(run_task(made)[0]))
    thread.start()
    try:
        assert eventually(lambda: _processes(f"sleep\0{mark}"))
        victims = sorted(_processes(os.fspath(made.folders.scratch)))
        assert len(victims) == 2
        for pid in victims if both else victims[1:]:
            os.kill(pid, number)
    finally:
        thread.join(60)
    assert found, "the job did not end"
    assert eventually(lambda: not _processes(f"sleep\0{mark}"))
    assert eventually(lambda: not any(alive(pid) for pid in victims))
    return found[0]


def _processes(text):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline") as file:
                line = file.read()
        except OSError:
            continue
        if text in line and int(name) != os.getpid():
            found.append(int(name))
    return found
