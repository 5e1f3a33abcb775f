"""What nobody foresaw becomes one line and a file that can be attached to a report."""

import os
import re
import sys
from pathlib import Path

import pytest

from ci.doctor.crash_log import shown

from ..projects import call, make_project

CONFIG = "version: 2.1\njobs: {build: {machine: true, steps: [run: 'true']}}\n"
BROKEN = """
import sys, threading
import ci.cli.validate
def command(argv, start):
    if "thread" in argv:
        thread = threading.Thread(target=command, args=([], start))
        thread.start()
        thread.join()
        return 0
    raise TypeError("it broke at hunter2secret and c0ntextvalue\\nand went on")
ci.cli.validate.command = command
sys.argv = ["nox-circleci", "validate", *sys.argv[1:]]
from ci.__main__ import program
program()
"""


def broken(project, *words, **environ):
    """A command that fails in a way that nobody foresaw, and the text of the log that it names."""
    environ = {"TMPDIR": str(project.path / "tmp"), "HOME": str(project.path / "home"), **environ}
    (project.path / "tmp").mkdir(exist_ok=True)
    result = call([sys.executable, "-c", BROKEN, *words], project.path, environ=environ)
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("unexpected error: TypeError: it broke at ")
    assert len(result.stderr.splitlines()) == 2
    found = re.search(r"with the file (\S+):", result.stderr)
    return result, Path(project.path, found[1])


def test_an_unforeseen_error_is_a_line_and_a_log_with_versions_options_and_traceback(tmp_path):
    result, log = broken(make_project(tmp_path, CONFIG), "--branch", "main")
    assert result.status == 1
    assert result.stdout == ""
    assert log.parent == tmp_path / "tmp"
    text = log.read_text()
    for part in ("Python: ", "nox: ", "options: validate --branch main", "Traceback", "in command", "went on"):
        assert part in text


def test_the_log_is_kept_with_the_projects_state_and_for_the_user_alone(tmp_path):
    project = make_project(tmp_path, CONFIG)
    (tmp_path / ".nox" / "ci").mkdir(parents=True)
    log = broken(project)[1]
    assert log.parent == tmp_path / ".nox" / "ci"
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "words", [("--env", "KEY=hunter2secret"), ("--env=KEY=hunter2secret",), ("--env-file", "my.env")]
)
def test_neither_the_line_nor_the_log_holds_a_secret(tmp_path, words):
    project = make_project(tmp_path, CONFIG)
    project.write(".circleci/contexts/org.env", "KEY=c0ntextvalue\n").chmod(0o600)
    project.write("my.env", "KEY=hunter2secret\n")
    result, log = broken(project, *words)
    for text in (result.stderr, log.read_text()):
        assert "hunter2secret" not in text
        assert "c0ntextvalue" not in text


def test_a_variable_whose_name_looks_secret_is_masked(tmp_path):
    result, log = broken(make_project(tmp_path, CONFIG), MY_TOKEN="hunter2secret")
    assert "hunter2secret" not in result.stderr + log.read_text()


def test_an_error_in_another_thread_is_a_line_too(tmp_path):
    result, log = broken(make_project(tmp_path, CONFIG), "thread")
    assert result.status == 0
    assert "Traceback" in log.read_text()


def test_without_a_place_for_the_log_there_is_still_the_line(tmp_path):
    project = make_project(tmp_path, CONFIG)
    words = [
        sys.executable,
        "-c",
        BROKEN.replace("import sys,", "import tempfile; tempfile.tempdir = '/no/such'; import sys,"),
    ]
    result = call(words, project.path)
    assert result.stderr.splitlines()[1] == "    Its details could not be written: FileNotFoundError."


def test_values_of_options_are_not_shown():
    words = [
        "run",
        "smoke",
        "--env",
        "A=b=c",
        "--env=A=b",
        "-e",
        "py36",
        "--param=x=y",
        "--param",
        "x=y",
        "--branch=main",
    ]
    expected = ["run", "smoke", "--env", "A=****", "--env=A=****", "-e", "****", "--param=x=****", "--param", "x=****"]
    assert shown(words) == [*expected, "--branch=main"]


def test_a_session_of_nox_ends_in_the_line_too(tmp_path):
    project = make_project(tmp_path, CONFIG)
    root = Path(__file__).resolve().parents[2]
    code = f"""
        import sys
        sys.path.insert(0, {str(root)!r})
        import ci, ci.cli.validate
        def command(argv, start):
            raise TypeError("it broke")
        ci.cli.validate.command = command
        ci.register(__file__)
        """
    project.write("noxfile.py", code)
    result = call([sys.executable, "-m", "nox", "-s", "validate"], tmp_path, environ={"TMPDIR": str(tmp_path)})
    assert result.status == 1
    assert "unexpected error: TypeError: it broke\n" in result.stderr
    assert "Traceback" not in result.stderr + result.stdout


def test_a_current_folder_that_is_gone_is_reported(tmp_path):
    gone = tmp_path / "gone"
    code = f"import os; os.mkdir({str(gone)!r}); os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); "
    for program in ("from ci.__main__ import program", "from ci.cli.circleci_local import program"):
        words = [sys.executable, "-c", f"{code}import sys; sys.argv[1:] = ['list']; {program}; program()"]
        result = call(words, tmp_path, environ={"PYTHONPATH": os.fspath(Path(__file__).resolve().parents[2])})
        assert (result.status, result.stderr.splitlines()[0]) == (2, "the current folder no longer exists")


ENTRIES = ("ci.__main__", "ci.cli.circleci_local")
FAILING = """
import sys
class Failing:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise {error}
sys.meta_path.insert(0, Failing())
sys.path.insert(0, {root!r})
"""
ROOT = Path(__file__).resolve().parents[2]


def failing(module, error):
    """Return code after which the import of a module fails."""
    return FAILING.format(module=module, error=error, root=str(ROOT))


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    "module", ["ci.errors", "ci.doctor.crash_log", "ci.cli.main", "ci.cli.validate", "ci.options.table"]
)
def test_ctrl_c_amid_any_import_is_a_line_and_the_status_130(tmp_path, entry, module):
    code = f"{failing(module, 'KeyboardInterrupt')}from {entry} import program\nprogram()\n"
    result = call([sys.executable, "-c", code, "validate"], make_project(tmp_path, CONFIG).path)
    assert (result.status, result.stderr) == (130, "interrupted\n")


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_program_ends_an_unforeseen_error_as_a_line_and_a_log(tmp_path, entry):
    code = f"{failing('ci.cli.validate', 'TypeError(1)')}from {entry} import program\nprogram()\n"
    result = call(
        [sys.executable, "-c", code, "validate"], make_project(tmp_path, CONFIG).path, environ={"TMPDIR": str(tmp_path)}
    )
    assert result.status == 1
    assert result.stderr.startswith("unexpected error: TypeError: 1\n    Please report it, with the file ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("module", ["ci.git.git_values", "ci.options.table"])
@pytest.mark.parametrize(
    ("error", "line"), [("KeyboardInterrupt", "interrupted"), ("TypeError(1)", "unexpected error: ")]
)
def test_a_noxfile_is_loaded_without_a_traceback(tmp_path, module, error, line):
    project = make_project(tmp_path, CONFIG)
    project.write("noxfile.py", f"{failing(module, error)}import ci\nci.register(__file__)\n")
    result = call([sys.executable, "-m", "nox", "--list"], tmp_path, environ={"TMPDIR": str(tmp_path)})
    assert line in result.stderr
    assert "Traceback" not in result.stderr + result.stdout


def test_ctrl_c_amid_the_imports_of_a_session_is_the_status_130(tmp_path):
    project = make_project(tmp_path, CONFIG)
    project.write("noxfile.py", f"{failing('ci.cli.validate', 'KeyboardInterrupt')}import ci\nci.register(__file__)\n")
    result = call([sys.executable, "-m", "nox", "-s", "validate"], tmp_path)
    assert result.status == 130
    assert "Traceback" not in result.stderr + result.stdout


SERVING = """
import json, sys, urllib.error, urllib.request
from http import HTTPStatus
from ci.doctor.crash_log import guarded
from ci.server.json_endpoint import JsonServer, answering
from pathlib import Path
def broken(request):
    raise TypeError("it broke")
def serve():
    server = JsonServer(("127.0.0.1", 0), {"/x": broken})
    with answering(server):
        request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}/x", b"{}")
        try:
            urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            print(error.code)
    return 0
sys.exit(guarded(serve, ["serve"], Path()))
"""


def test_an_error_in_a_handler_of_serve_is_answered_and_is_a_line_and_a_log(tmp_path):
    result = call([sys.executable, "-c", SERVING], tmp_path, environ={"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)})
    assert (result.status, result.stdout) == (0, "500\n"), result.stderr
    assert result.stderr.startswith("unexpected error: TypeError: it broke\n")
    [log] = tmp_path.glob("nox-circleci-error-*.log")
    assert "in broken" in log.read_text()


def test_doctor_names_the_last_log(tmp_path):
    project = make_project(tmp_path, CONFIG)
    (tmp_path / "tmp").mkdir()
    environ = {"TMPDIR": str(tmp_path / "tmp"), "HOME": str(tmp_path / "home")}
    assert "last error" not in project.ci("doctor", **environ).stdout
    first, log = broken(project)[1], broken(project)[1]
    os.utime(first, (1, 1))
    shown_by_doctor = project.ci("doctor", **environ).stdout
    assert str(log) in shown_by_doctor
    assert str(first) not in shown_by_doctor
