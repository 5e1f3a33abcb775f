"""``init``: a noxfile that registers the sessions, and has room for more."""

import sys

from ci.cli.init import NOXFILE

from ..projects import call, make_project

CONFIG = (
    "version: 2.1\njobs: {build: {docker: [{image: a/b}], steps: [checkout]}}\nworkflows: {docs: {jobs: [build]}}\n"
)
OWN = """
import nox

@nox.session(venv_backend="none")
def docs(session):
    session.log("my own")

"""


def test_a_session_keeps_its_name_at_the_place_that_the_noxfile_names(tmp_path):
    project = make_project(tmp_path, CONFIG)
    assert project.ci("init").status == 0
    written = (project.path / "noxfile.py").read_text(encoding="utf-8")
    assert written == NOXFILE
    above, register = written.replace("nox_circleci", "ci").rsplit("\n\n", 1)
    assert "sessions above it" in register
    project.write("noxfile.py", f"{above}\n{OWN}\n{register}")
    done = call([sys.executable, "-m", "nox", "-s", "docs"], project.path)
    assert (done.status, "my own" in done.stderr, "has already been registered" in done.stderr) == (0, True, False)


def test_a_noxfile_that_is_there_stays_as_it_is_and_the_lines_to_add_are_named(tmp_path):
    project = make_project(tmp_path, CONFIG, **{"noxfile.py": "mine = 1\n"})
    refused = project.ci("init")
    assert (refused.status, "at its end nox_circleci.register(__file__)" in refused.stderr) == (2, True)
    assert (project.path / "noxfile.py").read_text(encoding="utf-8") == "mine = 1\n"
