# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "nox>=2026.10",
#   "PyYAML>=6.0",
#   "regex>=2024.4.16",
#   "rich>=13.0",
#   "Jinja2>=3.1",
#   "tomli>=2; python_version < '3.11'",
# ]
# ///
"""The sessions: one for each workflow of .circleci/config.yml, one for each of its jobs, and the utilities.

``nox --list`` shows them; options go after ``--``, as in ``nox -s smoke -- -j build -e py3``, and
``nox -s smoke -- --help`` lists them. CI_PROJECT=FOLDER takes another project's config instead of this one.
"""

import sys
from pathlib import Path

import nox

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import ci  # noqa: E402  # the folder must be on the path first

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "virtualenv"

sessions = ci.register(__file__)


def install(session: nox.Session) -> None:
    project = nox.project.load_toml(HERE / "pyproject.toml")
    session.install(*project["project"]["dependencies"], *nox.project.dependency_groups(project, "dev"))


@nox.session(name=sessions.name("tests"), tags=["dev"], default=False)
def tests(session: nox.Session) -> None:
    """The project's own tests; what a machine lacks is skipped with a reason."""
    install(session)
    session.install(*nox.project.dependency_groups(nox.project.load_toml(HERE / "pyproject.toml"), "browser"))
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session(name=sessions.name("lint"), tags=["dev"], default=False)
def lint(session: nox.Session) -> None:
    """Types, style, the direction of imports, the image, the job scripts."""
    install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")
    session.run("hadolint", "images/Dockerfile")
    folders = ("ci", ".circleci", "images", "tests/cluster")
    scripts = sorted(path for folder in folders for path in (HERE / folder).rglob("*.sh"))
    session.run("shellcheck", *map(str, scripts), *map(str, sorted((HERE / ".ci").glob("[!m]*"))))


@nox.session(name=sessions.name("bench"), tags=["dev"], default=False)
def bench(session: nox.Session) -> None:
    """Speed, as ratios measured in one run: against bash, nox by hand, PyYAML; `-- --peers`: act and others."""
    install(session)
    session.run("python", "-m", "tests.bench", *session.posargs)


@nox.session(name=sessions.name("picture"), tags=["dev"], default=False)
def picture(session: nox.Session) -> None:
    """Draw README's first screen, docs/first-screen.svg, from a real run in a terminal."""
    install(session)
    session.run("python", "-m", "tests.first_screen", *session.posargs)


@nox.session(name=sessions.name("mutation"), tags=["dev"], default=False)
def mutation(session: nox.Session) -> None:
    """How many small changes of a module, as ci/compiler/logic.py, its tests notice."""
    install(session)
    session.install(*nox.project.dependency_groups(nox.project.load_toml(HERE / "pyproject.toml"), "mutation"))
    session.run("python", "-m", "tests.mutation", *session.posargs)


@nox.session(name=sessions.name("profile"), tags=["dev"], default=False)
def profile(session: nox.Session) -> None:
    """Where the time of a start and of one job goes: imports by package, the slowest modules, a job's spans."""
    install(session)
    session.run("python", "-m", "tests.start_profile", *session.posargs)
