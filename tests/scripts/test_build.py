"""The job build in source mode: what it hands over of a Gradle build, for which a small program stands."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / ".circleci" / "scripts"

# Notes how it was called, and leaves what Gradle leaves: a jar, and of each subproject results and a report. `suite`,
# beside it, is the suites' exit status; without that file the wrapper finds no Gradle, as where it cannot download it.
GRADLEW = """\
#!/bin/sh
here=$(dirname "$0")
echo "$GRADLE_OPTS | $JAVA_TOOL_OPTIONS | $*" >>"$here/calls"
[ -e "$here/suite" ] || { echo 'no Gradle to be had' >&2; exit 1; }
for project in archive server; do
  build=$here/$project/build
  mkdir -p "$build/libs" "$build/test-results/test" "$build/reports/tests/test"
  echo "$project" >"$build/libs/$project-1.0.jar"
  echo "<testsuite name='$project'/>" >"$build/test-results/test/TEST-CoverageTest.xml"
  echo "$project" >"$build/reports/tests/test/index.html"
done
case $* in *build) exit "$(cat "$here/suite")" ;; esac
"""

# As upstream's: the wrapper is called once more, and its jar goes into the wheel.
SERVER_SETUP = """\
import subprocess, sys, zipfile
subprocess.check_call("frontend/gradlew -p frontend clean assemble", shell=True)
with zipfile.ZipFile(sys.argv[sys.argv.index("--dist-dir") + 1] + "/torchserve-9.8-py3-none-any.whl", "w") as wheel:
    wheel.write("frontend/server/build/libs/server-1.0.jar", "ts/frontend/model-server.jar")
    wheel.writestr("ts/version.txt", "9.8")
"""
ARCHIVER_SETUP = """\
import pathlib, sys
pathlib.Path(sys.argv[sys.argv.index("--dist-dir") + 1], "torch_model_archiver-9.8-py3-none-any.whl").write_text("")
"""


def make(path: Path, content: str, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(mode)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the shape of a TorchServe checkout, whose suites pass."""
    folder = tmp_path / "serve"
    make(folder / "frontend/gradlew", GRADLEW, 0o755)
    make(folder / "frontend/suite", "0")
    make(folder / "setup.py", SERVER_SETUP)
    make(folder / "model-archiver/setup.py", ARCHIVER_SETUP)
    make(folder / "ts/__init__.py", "")
    return folder


class Build:
    """One run of build.sh on the checkout; nothing is downloaded, and there is no Java to start the jar with."""

    def __init__(self, tmp_path: Path, checkout: Path, temporary: str = "/tmp") -> None:
        self.folder = tmp_path / "job"
        python = make(tmp_path / "bin/python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', 0o755)
        java = make(tmp_path / "java/bin/java", "#!/bin/sh\nexit 1\n", 0o755)
        (self.folder / "dist").mkdir(parents=True)
        environment = {
            "PATH": f"{python.parent}:{os.environ['PATH']}",
            "VIRTUAL_ENV": str(tmp_path),
            "PIP_PYTHON": str(make(tmp_path / "pip", "#!/bin/sh\n", 0o755)),
            "JAVA_HOME": str(java.parents[1]),
            "TORCHSERVE_SOURCE": str(checkout),
            "TORCHSERVE_TORCH": "stub",
            "TMPDIR": temporary,
            "ONE_AT_A_TIME": str(tmp_path),
        }
        job = ["bash", SCRIPTS / "build.sh"]
        done = subprocess.run(job, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        self.status, self.out, self.error = done.returncode, done.stdout, done.stderr

    def calls(self) -> list[list[str]]:
        """Of each call of the wrapper: Gradle's options, Java's options, the arguments."""
        lines = (self.folder / "torchserve-source/frontend/calls").read_text().splitlines()
        return [line.split(" | ") for line in lines]

    def parts(self) -> dict[str, str]:
        lines = self.out.split("=== parts\n")[1].splitlines()
        found = [re.match(r"(passed|FAILED|left out) +(?:\d+\.\d s|-)  ([^:]*)", line) for line in lines]
        return {match[2]: match[1] for match in found if match}

    def files(self, folder: str) -> set[str]:
        root = self.folder / folder
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


WHEELS = {"torchserve-9.8-py3-none-any.whl", "torch_model_archiver-9.8-py3-none-any.whl"}
RESULTS = {"testng-archive-TEST-CoverageTest.xml", "testng-server-TEST-CoverageTest.xml"}
KEPT = {"testng/archive/test/index.html", "testng/server/test/index.html", "frontend/server-1.0.jar"}


def test_results_reports_jar_and_wheels_of_a_build_are_handed_over(tmp_path: Path, checkout: Path) -> None:
    build = Build(tmp_path, checkout)
    assert build.status == 0, build.error
    assert set(build.parts().values()) == {"passed", "left out"}
    assert build.files("dist") == WHEELS
    assert build.files("artifacts") == KEPT
    # Both subprojects have a class of that name: neither is written over the other.
    assert build.files("test-results") == RESULTS
    assert "server" in (build.folder / "test-results/testng-server-TEST-CoverageTest.xml").read_text()


def test_a_suite_that_fails_hands_its_results_over_and_keeps_no_other_part_from_running(
    tmp_path: Path, checkout: Path
) -> None:
    (checkout / "frontend/suite").write_text("1")
    build = Build(tmp_path, checkout)
    assert build.status == 1
    assert build.error.splitlines()[-1] == "build.sh: failed: gradle clean build"
    assert (build.files("test-results"), build.files("artifacts"), build.files("dist")) == (RESULTS, KEPT, WHEELS)


def test_without_gradle_nothing_old_is_taken_for_a_result_and_what_can_be_built_is(
    tmp_path: Path, checkout: Path
) -> None:
    (checkout / "frontend/suite").unlink()
    make(checkout / "frontend/server/build/test-results/test/TEST-Old.xml", "<testsuite/>")
    make(checkout / "frontend/server/build/libs/server-1.0.jar", "old")
    build = Build(tmp_path, checkout)
    assert build.status == 1
    failed = "build.sh: failed: gradle clean build, jar, TestNG results, torchserve wheel"
    assert build.error.splitlines()[-1] == failed
    assert "no Gradle to be had" in build.error
    assert build.parts()["frontend answers /ping"] == "left out"
    assert (build.files("test-results"), build.files("artifacts")) == (set(), set())
    assert build.files("dist") == {"torch_model_archiver-9.8-py3-none-any.whl"}


def test_a_wheel_without_the_jar_is_no_torchserve(tmp_path: Path, checkout: Path) -> None:
    make(checkout / "setup.py", SERVER_SETUP.replace('"ts/frontend/model-server.jar"', '"elsewhere.jar"'))
    build = Build(tmp_path, checkout)
    assert build.error.splitlines()[-1] == "build.sh: failed: torchserve wheel"
    assert "the wheel has no frontend jar" in build.error


def test_neither_call_of_the_wrapper_leaves_a_daemon(tmp_path: Path, checkout: Path) -> None:
    calls = Build(tmp_path, checkout).calls()
    assert [arguments.split()[-1] for _, _, arguments in calls] == ["build", "assemble"]
    assert all("-Dorg.gradle.daemon=false" in options for options, _, _ in calls)


def test_the_suites_servers_leave_their_sockets_in_the_jobs_folder_where_a_sockets_path_can_be_so_long(
    tmp_path: Path, checkout: Path
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        assert all(f"-Djava.io.tmpdir={short}" in java for _, java, _ in Build(tmp_path, checkout, short).calls())


def test_a_folder_that_is_too_deep_for_sockets_is_not_taken_for_them(tmp_path: Path, checkout: Path) -> None:
    deep = tmp_path / ("d" * 80)
    deep.mkdir()
    assert not any("java.io.tmpdir" in java for _, java, _ in Build(tmp_path, checkout, str(deep)).calls())


# Notes whether another run could start its suites while this setup.py is at work.
PROBE = """\
import fcntl, os
try:
    fcntl.flock(os.open(os.environ["ONE_AT_A_TIME"], os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("LOCK free")
except BlockingIOError:
    print("LOCK taken")
"""


@pytest.mark.parametrize(("tasks", "lock"), [("clean assemble", "free"), ("clean build", "taken")])
def test_making_the_wheel_holds_others_up_only_where_it_runs_the_suites_again(
    tmp_path: Path, checkout: Path, tasks: str, lock: str
) -> None:
    make(checkout / "setup.py", SERVER_SETUP.replace("clean assemble", tasks) + PROBE)
    build = Build(tmp_path, checkout)
    assert build.status == 0, build.error
    assert f"LOCK {lock}\n" in build.out


def test_the_users_folder_is_not_written_to(tmp_path: Path, checkout: Path) -> None:
    def state() -> dict[str, tuple[int, int]]:
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in [checkout, *checkout.rglob("*")]}

    before = state()
    assert Build(tmp_path, checkout).status == 0
    assert state() == before


def test_two_builds_at_once_run_their_suites_one_after_the_other(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPTS / "one_at_a_time.py", "ports", "sh", "-c"]
    environment = {**os.environ, "ONE_AT_A_TIME": str(tmp_path / "locks")}
    (tmp_path / "locks").mkdir()
    holds = "echo begun; read end; echo one >>order"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": environment, "cwd": tmp_path, "text": True}
    with subprocess.Popen([*command, holds], **pipes) as one:
        assert one.stdout
        assert one.stdout.readline() == "begun\n"
        with subprocess.Popen([*command, "echo two >>order"], **pipes) as two:
            assert two.stdout
            assert two.stdout.readline() == "waiting for another run: ports\n"
            assert one.communicate("end\n", timeout=60)[0] == ""
            assert two.communicate(timeout=60)[0] == ""
    assert (tmp_path / "order").read_text() == "one\ntwo\n"


def test_a_run_that_waits_is_not_silent(tmp_path: Path) -> None:
    quicker = "import sys, one_at_a_time as program; program.SAY_SECONDS = 0.3; sys.exit(program.main())"
    environment = {**os.environ, "ONE_AT_A_TIME": str(tmp_path), "PYTHONPATH": str(SCRIPTS)}
    lock = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    command = [sys.executable, "-B", "-c", quicker, "ports", "true"]
    waiting = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert waiting.stdout
    output = [waiting.stdout.readline() for _ in range(3)]
    os.close(lock)
    assert output == ["waiting for another run: ports\n"] * 3
    assert waiting.wait(timeout=120) == 0


def test_a_run_that_is_killed_holds_nobody_up(tmp_path: Path) -> None:
    environment = {**os.environ, "ONE_AT_A_TIME": str(tmp_path)}
    program = [sys.executable, SCRIPTS / "one_at_a_time.py", "ports"]
    holder = subprocess.Popen([*program, "sh", "-c", f"touch {tmp_path}/has-it; sleep 200"], env=environment)
    deadline = time.monotonic() + 120
    while not (tmp_path / "has-it").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    holder.kill()
    holder.wait()
    next_one = subprocess.run([*program, "sh", "-c", "exit 3"], env=environment, timeout=120, check=False)
    assert next_one.returncode == 3  # the command's own status, without a wait for what the killed one had started


SUITE = "org.pytorch.serve.wlm.WorkerLifeCycleTest"
CPP = f'<testcase classname="{SUITE}" name="testStartWorkerCppMnist"><failure/></testcase>'


@pytest.mark.parametrize(
    ("case", "task", "version", "passes"),
    [
        (CPP, ":server:test", "0.12.0", True),
        (CPP, ":server:test", "0.12.9", False),
        (CPP.replace("CppMnist", "Mnist"), ":server:test", "0.12.0", False),
        (CPP, ":server:compileJava", "0.12.0", False),
        ("<testcase/>", ":server:test", "0.12.0", False),
    ],
)
def test_a_known_failure_of_the_suites_alone_does_not_fail_the_build(
    tmp_path: Path, checkout: Path, case: str, task: str, version: str, passes: bool
) -> None:
    results = f"echo '<testsuite>{case}</testsuite>' >$here/server/build/test-results/test/TEST-CoverageTest.xml"
    output = f"echo \"Execution failed for task '{task}'.\" >&2"
    make(checkout / "frontend/gradlew", GRADLEW.replace("case $* in", f"{results}\n{output}\ncase $* in"), 0o755)
    (checkout / "frontend/suite").write_text("1")
    make(checkout / "ts/version.txt", version)
    build = Build(tmp_path, checkout)
    assert build.status == (0 if passes else 1), build.out
    assert ("gradle clean build: 1 known failed" in build.out) == (
        task != ":server:compileJava" and "Cpp" in case and version == "0.12.0"
    )
