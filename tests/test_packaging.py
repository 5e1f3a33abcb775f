"""What the package promises: dependencies declared once, imports that never collide, an installed wheel that works."""

import ast
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from .named_commands import help_words, named_commands
from .projects import ROOT, make_project

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

JOB = """
    version: 2.1
    jobs:
      say:
        docker: [{image: 'cimg/base:stable'}]
        steps: [run: 'echo from an installed package']
    workflows:
      w: {jobs: [say]}
    """
NOXFILE = """
    import sys

    import nox
    import nox_circleci

    nox_circleci.register(__file__)


    @nox.session(venv_backend="none", default=False)
    def own(session):
        session.run(sys.executable, "-c", "import ci; print(ci.__file__)", external=True)
    """


def dependencies(text: str) -> list[str]:
    return tomllib.loads(text)["dependencies"]


def test_the_noxfiles_script_block_names_the_dependencies_of_the_package():
    """PEP 723: ``pipx run nox`` and ``uvx nox`` read the block, pip reads pyproject.toml."""
    block = re.search(r"^# /// script\n(.*?)^# ///$", (ROOT / "noxfile.py").read_text(), re.MULTILINE | re.DOTALL)
    script = tomllib.loads(re.sub(r"^# ?", "", block.group(1), flags=re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert script["dependencies"] == project["dependencies"]
    assert script["requires-python"] == project["requires-python"]


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_the_first_command_of_a_document_installs_the_dependencies_of_the_package(document):
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    needed = [re.match(r"[\w.-]+", each)[0] for each in listed if "python_version <" not in each]
    command = re.search(r"pip install -q ([^&\n]+?)(?: &&|\n)", (ROOT / document).read_text())
    assert command[1].split() == needed


def test_the_package_imports_nothing_of_itself_by_its_name():
    """The folder is ``ci``, the installed package ``nox_circleci``: only relative imports work in both."""
    found = {
        str(path): name
        for path in (ROOT / "ci").rglob("*.py")
        for name in imported(ast.parse(path.read_text(encoding="utf-8")))
        if name.split(".")[0] in ("ci", "nox_circleci")
    }
    assert found == {}


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A virtualenv that has the wheel, as ``pip install .`` in a clone gives it."""
    folder = tmp_path_factory.mktemp("installed")
    wheels = folder / "wheels"
    pip = [sys.executable, "-m", "pip", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(wheels), str(ROOT)], check=True)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([*pip, "--python", str(python), "install", *map(str, wheels.glob("*.whl"))], check=True)
    return folder / "venv" / "bin"


@pytest.fixture
def project(tmp_path):
    """A project that has a folder ``ci`` of its own."""
    found = make_project(tmp_path, JOB, **{"noxfile.py": NOXFILE, "ci/__init__.py": ""})
    return found.path


def run(words, folder, **environ):
    words, variables = [str(word) for word in words], {**os.environ, **environ}
    done = subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.pypi
def test_an_installed_wheel_gives_a_project_its_sessions(installed, project):
    status, listing = run([installed / "nox", "--list"], project)
    assert status == 0
    assert "- w-say [ci,job] -> Job say of w on cimg/base:stable." in re.sub(r"\s+\(.*?\)|\x1b\[[0-9;]*m", "", listing)
    status, output = run([installed / "nox", "-s", "w"], project)
    assert status == 0, output
    assert "from an installed package" in output


@pytest.mark.pypi
def test_an_installed_wheel_leaves_a_projects_own_folder_ci_alone(installed, project):
    status, output = run([installed / "nox", "-s", "own"], project)
    assert status == 0, output
    assert str(project / "ci" / "__init__.py") in output


@pytest.mark.pypi
def test_an_installed_wheel_has_its_version_and_its_types(installed, project):
    call = "import nox_circleci; print(nox_circleci.__version__)"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert run([installed / "python", "-c", call], project) == (0, f"{version}\n")
    use = "import nox_circleci\n\nreveal_type(nox_circleci.register(__file__).name('tests'))\n"
    (project / "use.py").write_text(use)
    words = [sys.executable, "-m", "mypy", "--strict", "--python-executable", installed / "python", "use.py"]
    status, output = run(words, project)
    assert (status, bool(re.search(r'Revealed type is "(builtins\.)?str"', output))) == (0, True), output


@pytest.mark.pypi
def test_the_installed_program_is_the_same_without_nox(installed, project):
    assert run([installed / "nox-circleci", "validate"], project)[0] == 0
    status, output = run([installed / "python", "-m", "nox_circleci", "run", "w", "--engine", "host"], project)
    assert status == 0, output
    assert "from an installed package" in output


@pytest.mark.pypi
def test_the_installed_circleci_local_runs_a_job_by_its_old_words(installed, project):
    status, output = run([installed / "circleci-local", "execute", "say", "-e", "K=V", "--engine", "host"], project)
    assert status == 0, output
    assert "from an installed package" in output
    status, output = run([installed / "circleci-local", "list"], project)
    assert (status, "w-say" in output) == (0, True)
    status, output = run([installed / "circleci-local", "execute", "nothing"], project)
    assert status == 2
    assert "no workflow has a job 'nothing'" in output


@pytest.mark.pypi
def test_nox_runs_what_init_has_written_by_the_command_that_init_names(installed, tmp_path):
    folder = make_project(tmp_path / "project", JOB).path
    status, output = run([installed / "circleci-local", "init"], folder, PATH="/usr/bin:/bin")
    assert status == 0, output
    command = re.search("`(.*) --list`", output).group(1)
    assert command == str(installed / "nox")
    status, output = run([command, "--list"], folder, PATH="/usr/bin:/bin")
    assert (status, "w-say" in output) == (0, True), output
    status, output = run([command, "-s", "w", "--", "--engine", "host"], folder, PATH="/usr/bin:/bin")
    assert (status, "from an installed package" in output) == (0, True), output


@pytest.mark.pypi
@pytest.mark.parametrize("words", [("--help",), ("run", "--help"), ("doctor",)])
def test_an_installed_program_names_no_folder_ci_that_its_project_has_not(installed, tmp_path, words):
    folder = make_project(tmp_path / "project", JOB.replace("[say]", "[sya]")).path
    output = run([installed / "nox-circleci", *words], folder)[1]
    assert ("nox-circleci" in output, "python -m ci" in output) == (True, False), output


@pytest.mark.pypi
def test_an_installed_program_has_every_command_that_a_message_names(installed, tmp_path):
    folder = make_project(tmp_path / "project", JOB).path
    for words in sorted({tuple(help_words(each)) for each in named_commands()}):
        status, output = run([installed / "nox-circleci", *words], folder)
        assert (status, "usage: " in output, "python -m ci" in output) == (0, True, False), output


@pytest.mark.pypi
def test_under_nox_an_installed_package_names_sessions_and_its_own_program(installed, tmp_path):
    noxfile = "import nox_circleci\n\nnox_circleci.register(__file__)\n"
    orb = JOB.replace("jobs:\n      say", "orbs: {node: circleci/node@5.2}\n    jobs:\n      say")
    folder = make_project(tmp_path / "project", orb, **{"noxfile.py": noxfile}).path
    output = run([installed / "nox", "-s", "validate"], folder, PATH="/usr/bin:/bin")[1]
    assert f"`{installed / 'nox-circleci'} orbs fetch`" in output, output
    output = run([installed / "nox", "-s", "log"], folder, PATH="/usr/bin:/bin")[1]
    assert f"`{installed / 'nox'} --list` lists them" in output, output


@pytest.mark.pypi
def test_the_installed_program_completes_in_bash_and_so_does_nox_beside_it(installed, project):
    """By their paths, as in a virtualenv that is not active."""
    ask = """
      eval "$("$1/nox-circleci" completion bash)"
      COMP_WORDS=("$1/nox" -s w -- --appr) COMP_CWORD=4 COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE}
      __nox_circleci_nox "$1/nox" --appr --
      echo "$COMPREPLY"
      COMP_WORDS=("$1/nox-circleci" run w) COMP_CWORD=2 COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE}
      _python_argcomplete "$1/nox-circleci" w run
      echo "$COMPREPLY"
    """
    status, output = run(["bash", "-c", ask, "bash", installed], project, PATH="/usr/bin:/bin")
    assert (status, output.split()) == (0, ["--approve", "w"])


@pytest.mark.pypi
def test_pre_commit_itself_runs_the_hook(tmp_path):
    """The hook of this repository, in a project whose config is wrong, then fixed."""
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "pip", "-q", "--python", python, "install", "pre-commit"], check=True)
    found = make_project(tmp_path / "project", JOB.replace("jobs: [say]", "jobs: [sya]"))
    hook = [python, "-m", "pre_commit", "try-repo", ROOT, "validate", "--all-files"]
    environ = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache")}

    def hooked():
        done = subprocess.run(hook, cwd=found.path, env=environ, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr

    status, output = hooked()
    assert status == 1, output
    assert re.search(r"\.circleci/config\.yml:\d+:\d+: .*sya", output), output
    found.write(".circleci/config.yml", JOB)
    status, output = hooked()
    assert status == 0, output
    assert re.search(r"validate the CircleCI config\.+Passed", output), output
