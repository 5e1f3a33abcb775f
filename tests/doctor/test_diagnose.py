"""The doctor: each line, with its part there and with its part missing."""

import json
import platform
import re
import shutil
import sys

import pytest

from ci.doctor.check import program
from ci.doctor.diagnose import disk, engine_check
from ci.doctor.job_tools import modules
from ci.engines.circleci.probe import probe
from ci.options.needs import ToolNeed

from ..projects import ROOT, make_project

CONFIG = """
    version: 2.1
    jobs:
      build:
        docker: [{image: cimg/openjdk:17.0}]
        environment: {PYTHON_VERSION: '9.9'}
        steps: [run: java -version && npm test && pip install torch]
    workflows: {smoke: {jobs: [build]}}
    """
NEEDS = """
    [tool.nox-circleci]
    python-from = "PYTHON_VERSION"
    [tool.nox-circleci.needs]
    java = { program = "java", version = "-version", home = "JAVA_HOME", fix = "sudo apt-get install openjdk-17-jre" }
    node = { program = "node", words = ["npm", "newman"] }
    newman = { program = "newman", installed-by = "npm" }
    torch = { modules = ["torch", "torchvision"], fix = "sudo apt-get install python3-torch" }
    """
SETTINGS = {"pyproject.toml": NEEDS}
TORCH = ToolNeed("torch", ("torch",), modules=("torch", "torchvision"), fix="sudo apt-get install python3-torch")
DOCKER_INFO = {"ServerVersion": "27.1", "CgroupVersion": "2", "MemTotal": 8 * 10**9, "NCPU": 4}


class Machine:
    """A PATH of the programs that a test puts there, alone."""

    def __init__(self, folder):
        self.project = make_project(folder / "project", CONFIG, **SETTINGS)
        self.path = folder / "bin"
        self.path.mkdir()
        (folder / "tmp").mkdir()
        self.environ = {"PATH": str(self.path), "HOME": str(folder), "TMPDIR": str(folder / "tmp")}
        for name in ("git", "bash"):
            (self.path / name).symlink_to(shutil.which(name))

    def program(self, name, script):
        """A stand-in for a program, in shell."""
        file = self.path / name
        file.write_text(f"#!/bin/bash\n{script}\n")
        file.chmod(0o755)

    def diagnosis(self, **environ):
        result = self.project.ci("doctor", "--json", **{**self.environ, **environ})
        document = json.loads(result.stdout)
        assert (result.status == 0) == document["ok"]
        return {check["name"]: check for check in document["checks"]}, result.status


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.mark.parametrize("name", ["git", "bash"], ids="no {}".format)
def test_what_every_job_needs_is_an_error_where_it_is_missing(machine, name):
    assert machine.diagnosis()[0][name]["level"] == "ok"
    (machine.path / name).unlink()
    checks, status = machine.diagnosis()
    assert (checks[name]["level"], status) == ("error", 1)
    assert name in checks[name]["fix"]


@pytest.mark.parametrize("name", ["java", "node", "docker", "circleci", "python 9.9"], ids="no {}".format)
def test_what_some_jobs_need_is_a_warning_where_it_is_missing(machine, name):
    checks, status = machine.diagnosis()
    assert (checks[name]["level"], status) == ("warning", 0)


@pytest.mark.parametrize("name", ["java", "node"], ids="a {}".format)
def test_a_program_that_is_there_is_reported_with_its_version(machine, name):
    machine.program(name, "echo version 17.0.2")
    check = machine.diagnosis()[0][name]
    assert (check["level"], check["text"]) == ("ok", "17.0.2")


def has_torch(folder, name, torch_version, version):
    """A stand-in for a Python with torch and torchvision."""
    (folder / name).write_text(f"#!/bin/sh\necho {torch_version} {version} {folder}/{name}\n")
    (folder / name).chmod(0o755)


def test_torch_is_looked_for_where_the_jobs_look_in_every_python_of_path_then_in_the_systems_own(machine):
    system = machine.path.parent / "system"
    system.mkdir()
    search = {"environ": {"PATH": str(machine.path)}, "system": [str(system)]}
    (check,) = modules(TORCH, **search)
    assert (check.level, "python3-torch" in check.fix) == ("warning", True)
    machine.program("python3", "exit 1")
    has_torch(system, "python3.11", "1.13.0", "3.11.2")
    (check,) = modules(TORCH, **search)
    assert (check.level, check.text) == ("ok", f"1.13.0 of Python 3.11.2 ({system}/python3.11)")
    has_torch(machine.path, "python3.6", "1.5.1", "3.6.15")
    assert [each.text.split(";")[0] for each in modules(TORCH, **search)] == [
        f"1.5.1 of Python 3.6.15 ({machine.path}/python3.6)"
    ]


def test_a_version_of_python_that_jobs_ask_for_and_that_has_no_torch_is_named(machine):
    has_torch(machine.path, "python3", "1.13.0", "3.11.2")
    there, missing = modules(TORCH, {"PATH": str(machine.path)}, {"3.6", "3.11"}, [])
    assert there.level == "ok"
    assert (missing.name, missing.level, "python3.6 -m venv" in missing.fix) == ("torch for 3.6", "warning", True)


def test_no_file_of_the_project_is_code_for_what_is_asked(machine, tmp_path, monkeypatch):
    project = tmp_path / "hostile"
    project.mkdir()
    for name in ("importlib", "platform", "torch"):
        (project / f"{name}.py").write_text("open('ran', 'w')")
    machine.program("python3", f'exec {sys.executable} "$@"')
    machine.program("yarn", "test ! -e importlib.py")
    monkeypatch.chdir(project)
    list(modules(TORCH, {"PATH": str(machine.path)}, (), []))
    assert program("yarn", {"PATH": str(machine.path)}, "error", "").level == "ok"
    assert not (project / "ran").exists()


def test_the_question_is_one_that_a_real_python_answers(tmp_path):
    packages = tmp_path / "packages"
    for name, text in (
        ("torch/__init__.py", ""),
        ("torch/version.py", "__version__: str = '9.9'\n"),
        ("torchvision.py", ""),
    ):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text(text)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").write_text(f'#!/bin/sh\nPYTHONPATH={packages} exec {sys.executable} "$@"\n')
    (tmp_path / "bin/python3").chmod(0o755)
    (check,) = modules(TORCH, {"PATH": str(tmp_path / "bin")}, (), [])
    assert check.text.startswith(f"9.9 of Python {platform.python_version()} (")


def test_newman_is_had_by_npm_or_not_at_all(machine):
    machine.project.write(".circleci/config.yml", CONFIG.replace("npm test", "newman run x"))
    assert machine.diagnosis()[0]["newman"]["level"] == "warning"
    machine.program("npm", "echo 9")
    assert machine.diagnosis()[0]["newman"]["text"].startswith("not here: jobs install it by npm")
    machine.program("newman", "echo 6")
    assert "newman" not in machine.diagnosis()[0]


def test_java_is_that_of_java_home_where_there_is_one(machine, tmp_path):
    home = tmp_path / "jdk/bin"
    home.mkdir(parents=True)
    (home / "java").write_text("#!/bin/sh\necho openjdk 21.0.1 >&2\n")
    (home / "java").chmod(0o755)
    assert machine.diagnosis(JAVA_HOME=str(tmp_path / "jdk"))[0]["java"]["text"] == "21.0.1"
    assert machine.diagnosis(JAVA_HOME=str(tmp_path / "nowhere"))[0]["java"]["level"] == "warning"


def test_torch_is_asked_for_where_a_job_speaks_of_it(machine):
    assert "torch" in machine.diagnosis()[0]
    machine.project.write(".circleci/config.yml", CONFIG.replace("torch", "pytest"))
    assert "torch" not in machine.diagnosis()[0]


def test_a_config_that_does_not_compile_is_an_error_with_its_place(machine):
    machine.project.write(".circleci/config.yml", "version: 2.1\njobs: 3\n")
    checks, status = machine.diagnosis()
    assert (checks["config"]["level"], status) == ("error", 1)
    assert checks["config"]["text"].startswith(".circleci/config.yml:2:7: ")


def test_a_docker_that_does_not_answer_is_reported_with_the_command_that_starts_it(machine):
    machine.program("docker", "exit 1")
    check = machine.diagnosis()[0]["docker"]
    assert (check["level"], "start docker" in check["fix"]) == ("warning", True)


def test_the_engine_that_a_run_would_take_is_looked_at(machine):
    machine.program("docker", "echo Cannot connect. >&2; exit 1")
    podman = {"host": {"cgroupVersion": "v2", "memTotal": 8 * 10**9, "cpus": 4}, "version": {"Version": "4.3"}}
    machine.program("podman", f"[ $1 = info ] && echo '{json.dumps(podman)}' || exit 1")
    checks, _ = machine.diagnosis(DOCKER_HOST="")
    assert checks["podman"]["text"].endswith("; docker does not answer: Cannot connect.")
    assert checks["image"]["fix"].startswith("podman pull")
    assert "docker does not answer" not in json.dumps(machine.diagnosis(NOX_CIRCLECI_DOCKER="podman")[0])


def test_an_image_that_is_missing_has_its_pull_line(machine):
    machine.program("docker", f"[ $1 = info ] && echo '{json.dumps(DOCKER_INFO)}' || exit 1")
    checks, _ = machine.diagnosis()
    assert checks["docker"]["level"] == "ok"
    assert (checks["image"]["level"], checks["image"]["fix"]) == ("warning", "docker pull cimg/openjdk:17.0")


def test_an_image_that_this_project_builds_has_the_line_that_builds_it(machine):
    machine.program("docker", f"[ $1 = info ] && echo '{json.dumps(DOCKER_INFO)}' || exit 1")
    machine.project.write("Dockerfile", "FROM scratch\n")
    machine.project.write("pyproject.toml", '[tool.nox-circleci.images]\n"cimg/openjdk:17.0" = "Dockerfile"\n')
    assert machine.diagnosis()[0]["image"]["fix"].endswith(" -m ci images")


def test_images_that_a_cluster_pulls_are_not_asked_for_here(machine):
    machine.program("docker", f"[ $1 = info ] && echo '{json.dumps(DOCKER_INFO)}' || exit 1")
    cluster = {"NOX_CIRCLECI_ENGINE": "kubernetes"}
    assert not {"docker", "image"} & set(machine.diagnosis(**cluster)[0])
    machine.project.write("Dockerfile", "FROM scratch\n")
    machine.project.write("pyproject.toml", '[tool.nox-circleci.images]\n"cimg/openjdk:17.0" = "Dockerfile"\n')
    assert {"docker", "image"} <= set(machine.diagnosis(**cluster)[0])


def test_what_the_project_asks_for_counts_and_is_no_news_once_the_user_consents(machine):
    machine.project.write("pyproject.toml", '[tool.nox-circleci]\nengine = "kubernetes"\n')
    machine.environ |= {"XDG_STATE_HOME": f"{machine.path}/state", "NOX_CIRCLECI_KUBECTL": "no-such-kubectl"}
    checks, status = machine.diagnosis()
    assert "engine = kubernetes" in checks["trust"]["text"]
    assert checks["trust"]["fix"].endswith("trust")
    assert (status, "kubernetes" in checks) == (0, False)
    assert "trust" not in machine.diagnosis(NOX_CIRCLECI_TRUST="0")[0]
    machine.project.ci("trust", **machine.environ)
    checks, status = machine.diagnosis()
    assert "trust" not in checks
    assert (checks["kubernetes"]["level"], status) == ("error", 1)
    assert "kubernetes" not in machine.diagnosis(NOX_CIRCLECI_ENGINE="host")[0]


def test_an_image_that_is_there_has_its_size(machine):
    machine.program("docker", f"[ $1 = info ] && echo '{json.dumps(DOCKER_INFO)}' || echo 1500000000")
    assert machine.diagnosis()[0]["image"]["text"] == "cimg/openjdk:17.0 (1.5 GB)"


def test_a_password_in_the_engines_address_is_not_reported(machine):
    machine.program("docker", "echo Cannot connect to $DOCKER_HOST >&2; exit 1")
    assert (
        "Cannot connect to tcp://host:2375"
        in machine.diagnosis(DOCKER_HOST="tcp://me:hunter2@host:2375")[0]["docker"]["text"]
    )
    assert "hunter2" not in json.dumps(machine.diagnosis(DOCKER_HOST="tcp://me:hunter2@host:2375")[0])


@pytest.mark.parametrize("less", [{"MemTotal": 10**9}, {"NCPU": 1}])
def test_an_engine_below_4_gb_or_2_cpus_is_a_warning(less):
    assert engine_check("docker", "x", DOCKER_INFO).level == "ok"
    assert engine_check("docker", "x", {**DOCKER_INFO, **less}).level == "warning"


def test_podman_says_the_same_in_its_own_shape():
    host = {"cgroupVersion": "v2", "memTotal": 8 * 10**9, "cpus": 4}
    check = engine_check("podman", "x", {"host": host, "version": {"Version": "4.3"}})
    assert (check.level, check.text) == ("ok", "4.3 at x, cgroup v2, 8.0 GB, 4 CPUs")


@pytest.mark.parametrize(("free", "level"), [(10**11, "ok"), (10**9, "warning"), (10**8, "error")])
def test_little_room_on_the_disk(free, level):
    assert disk(free).level == level


def test_the_text_form_names_what_fixes_it(machine):
    output = machine.project.ci("doctor", **machine.environ).stdout
    assert "-> sudo apt-get install openjdk" in output


def test_a_cli_of_the_1x_line_is_a_sentence_and_no_error(machine):
    machine.program("circleci", "[ $1 = version ] && echo 1.0.48692 || touch called")
    check = machine.diagnosis()[0]["circleci"]
    assert (check["level"], "1.0.48692 has no `local execute`" in check["text"]) == ("warning", True)
    assert not (machine.project.path / "called").exists()


def test_a_program_that_answers_to_local_execute_without_an_agent_is_not_the_real_one(machine):
    machine.program("circleci", "[ $1 = version ] && echo unknown || echo circleci local execute --config FILE")
    assert not probe(machine.environ).local_execute


def test_the_package_names_no_tool_of_one_project():
    """But for the settings of Gradle that belong to the user, which jobs on host do not see."""
    words = re.compile(r"\b(torch|torchvision|newman|torchserve|gradle|keytool)\b", re.IGNORECASE)
    files = [path for path in (ROOT / "ci").rglob("*") if path.suffix in (".py", ".sh")]
    found = {path.name for path in files if words.search(path.read_text(encoding="utf-8"))}
    assert found == {"belongings.py"}


def test_without_needs_in_the_settings_no_tool_is_looked_for(machine):
    machine.project.write("pyproject.toml", "")
    assert not {"java", "node", "torch"} & machine.diagnosis()[0].keys()
