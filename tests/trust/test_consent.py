"""Consent to what a project asks for: who is asked, when, and what a run says about it. Real runs of small projects."""

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ci.errors import UsageError
from ci.options.given import parse_run
from ci.options.settings import ProjectSettings
from ci.trust.consent import consented, own_noxfile

from ..projects import ROOT, call, make_project

CONFIG = """
    version: 2.1
    jobs:
      a:
        docker: [{image: 'cimg/base:stable'}]
        steps: [run: 'echo token=$MY_TOKEN mine=$MINE']
    workflows:
      w: {jobs: [a]}
    """
TOKEN = '[tool.nox-circleci]\npass-env = ["MY_TOKEN", "NOT_SET"]\n'
NOX = [sys.executable, "-m", "nox", "--script-mode", "none"]
NOXFILE = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nimport ci\nci.register(__file__)\n"


class User:
    """A project, and a user with settings and consents of their own who runs it."""

    def __init__(self, folder):
        self.folder = folder
        self.project = make_project(folder / "project", CONFIG)
        self.environ = {
            "XDG_CONFIG_HOME": f"{folder}/config",
            "XDG_STATE_HOME": f"{folder}/state",
            "MY_TOKEN": "token-of-mine",
            "CI_PROJECT": "",
        }

    def settings(self, text):
        file = self.folder / "config" / "nox-circleci" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(self, *words, **environ):
        return self.ci("run", "w", *words, **environ)

    def ci(self, *words, **environ):
        return self.project.ci(*words, **self.environ, **environ)

    def nox(self, noxfile, *words, **environ):
        words = [*NOX, "-f", str(noxfile), "-s", "w", "--", "--engine", "host", *words]
        return call(words, noxfile.parent, environ={**self.environ, **environ})

    def on_terminal(self, answer, *words, interrupt=False):
        """Run with a terminal for standard input, output and errors; return the exit status and the screen."""
        ours, theirs = pty.openpty()
        variables = {**os.environ, "PYTHONPATH": str(ROOT), **self.environ, "NO_COLOR": "1"}
        command = [sys.executable, "-m", "ci", "run", "w", "--engine", "host", *words]
        process = subprocess.Popen(
            command, cwd=self.project.path, env=variables, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        os.write(ours, answer.encode())
        screen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux reports the last closed end so
                break
            if not part:
                break
            screen += part
            if interrupt and b"[y/n]" in screen:
                process.send_signal(signal.SIGINT)
                interrupt = False
        os.close(ours)
        return process.wait(timeout=60), screen.decode()

    def consents(self):
        return [path for path in (self.folder / "state").rglob("*") if path.is_file()]


@pytest.fixture
def user(tmp_path):
    return User(tmp_path)


def test_a_projects_wish_for_a_variable_ends_the_run_unless_somebody_consents(user):
    user.project.write("pyproject.toml", TOKEN)
    result = user.run("--engine", "host")
    assert result.status == 2
    assert "needs your consent for\n    pass-env = MY_TOKEN: " in result.stderr
    assert "python -m ci trust" in result.stderr
    assert "NOT_SET" not in result.stderr
    assert not (user.project.path / ".nox" / "ci" / "runs").exists()
    assert "Traceback" not in result.stderr


def test_what_is_not_set_here_asks_nothing(user):
    user.project.write("pyproject.toml", TOKEN)
    del user.environ["MY_TOKEN"]
    assert user.run("--engine", "host").status == 0


def test_trust_is_remembered_until_the_project_asks_for_more(user):
    user.project.write("pyproject.toml", TOKEN)
    shown = user.ci("trust")
    assert shown.status == 0
    assert "allowed: pass-env = MY_TOKEN" in shown.stdout
    assert "allowed: pass-env = NOT_SET (not here)" in shown.stdout
    assert user.run("--engine", "host").status == 0
    user.project.write("pyproject.toml", f'{TOKEN}engine = "host"\n')
    result = user.run()
    assert result.status == 2
    assert "engine = host" in result.stderr
    assert "MY_TOKEN" not in result.stderr


def test_trust_shows_and_revokes(user):
    user.project.write("pyproject.toml", TOKEN)
    assert "not allowed: pass-env = MY_TOKEN" in user.ci("trust", "--show").stdout
    assert user.consents() == []
    user.ci("trust")
    user.project.write("pyproject.toml", '[tool.nox-circleci]\npass-env = ["MY_TOKEN"]\n')
    shown = user.ci("trust", "--show").stdout
    assert "  allowed: pass-env = MY_TOKEN" in shown
    assert "allowed, no longer asked for: pass-env = NOT_SET" in shown
    assert "2 consents revoked" in user.ci("trust", "--revoke").stdout
    assert user.consents() == []
    assert user.run("--engine", "host").status == 2


def test_trust_of_a_project_that_asks_for_nothing_says_so_and_writes_nothing(user):
    result = user.ci("trust")
    assert result.status == 0
    assert "it asks for nothing that needs your consent" in result.stdout
    assert not (user.folder / "state").exists()


def test_trust_remembers_what_a_variable_of_this_shell_decides_otherwise(user):
    user.project.write("pyproject.toml", '[tool.nox-circleci]\nengine = "host"\n')
    user.ci("trust", NOX_CIRCLECI_ENGINE="docker")
    assert user.run().status == 0


def test_revoking_works_whatever_the_settings_file_has_become(user):
    user.project.write("pyproject.toml", TOKEN)
    user.ci("trust")
    user.project.write("pyproject.toml", "[tool.nox-circleci\n")
    assert "2 consents revoked" in user.ci("trust", "--revoke").stdout


def test_a_variable_answers_for_one_run(user):
    user.project.write("pyproject.toml", TOKEN)
    trusted = user.run("--engine", "host", NOX_CIRCLECI_TRUST="1")
    assert "passed from your environment: MY_TOKEN (pyproject.toml, masked)" in trusted.stdout
    assert "token=**** mine=" in trusted.stdout
    refused = user.run("--engine", "host", NOX_CIRCLECI_TRUST="0")
    assert refused.status == 0
    assert "not given to the project (NOX_CIRCLECI_TRUST=0): pass-env = MY_TOKEN" in refused.stdout
    assert "token= mine=" in refused.stdout
    assert user.consents() == []
    assert user.run("--engine", "host").status == 2
    assert "NOX_CIRCLECI_TRUST: 'perhaps'" in user.run(NOX_CIRCLECI_TRUST="perhaps").stderr


def test_on_a_terminal_yes_runs_and_is_remembered(user):
    user.project.write("pyproject.toml", TOKEN)
    status, screen = user.on_terminal("what?\ny\n")
    assert status == 0, screen
    assert "pass-env = MY_TOKEN" in screen
    assert screen.count("[y/n]") == 2
    assert len(user.consents()) == 1
    status, screen = user.on_terminal("")
    assert status == 0
    assert "[y/n]" not in screen


@pytest.mark.parametrize("answer", ["n\n", "\x04"])
def test_on_a_terminal_no_runs_nothing(user, answer):
    user.project.write("pyproject.toml", TOKEN)
    status, screen = user.on_terminal(answer)
    assert status == 2
    assert "nothing is run" in screen
    assert "token=" not in screen
    assert user.consents() == []


def test_ctrl_c_at_the_question_is_an_interruption(user):
    user.project.write("pyproject.toml", TOKEN)
    status, screen = user.on_terminal("", interrupt=True)
    assert status == 130
    assert "interrupted" in screen
    assert "Traceback" not in screen
    assert user.consents() == []


def test_circleci_local_has_the_command_that_its_message_names(user, tmp_path):
    user.project.write("pyproject.toml", TOKEN)
    program = tmp_path / "circleci-local"
    program.write_text("from ci.cli.circleci_local import program\nprogram()\n")

    def local(*words):
        return call([sys.executable, str(program), *words], user.project.path, environ=user.environ)

    refused = local("execute", "a", "--engine", "host")
    assert refused.status == 2
    assert f"Allow it: {program} trust." in refused.stderr
    assert local("trust").status == 0
    assert local("execute", "a", "--engine", "host").status == 0


def test_a_run_that_prints_json_asks_no_question(user):
    user.project.write("pyproject.toml", TOKEN)
    status, screen = user.on_terminal("", "--json")
    assert status == 2
    assert "[y/n]" not in screen


def test_a_dry_run_asks_nothing_and_says_what_would_be_asked(user):
    user.project.write("pyproject.toml", f'{TOKEN}engine = "host"\n')
    result = user.run("--dry-run")
    assert result.status == 0
    assert "a run asks for your consent first; to give it now: `python -m ci trust`" in result.stdout
    assert "  pass-env = MY_TOKEN: " in result.stdout
    assert "  engine = host: " in result.stdout
    assert "passed from your environment: MY_TOKEN (pyproject.toml, masked)" in result.stdout
    assert user.consents() == []


@pytest.mark.parametrize("words", [["list"], ["graph"], ["validate"], ["process"]])
def test_commands_that_run_nothing_ask_nothing(user, words):
    user.project.write("pyproject.toml", f'{TOKEN}engine = "host"\nshare = ["/usr"]\n')
    result = user.ci(*words)
    assert result.status == 0
    assert "consent" not in result.stdout + result.stderr


def test_under_its_own_noxfile_nothing_is_asked_only_reported(user):
    user.project.write("pyproject.toml", f'{TOKEN}share = ["/usr"]\n')
    result = user.nox(user.project.write("noxfile.py", NOXFILE))
    assert result.status == 0, result.stderr
    assert "passed from your environment: MY_TOKEN (pyproject.toml, masked)" in result.stdout
    assert "pyproject.toml sets share = /usr" in result.stdout
    assert user.consents() == []


def test_under_the_noxfile_of_another_project_it_is_asked_as_elsewhere(user, tmp_path):
    user.project.write("pyproject.toml", TOKEN)
    other = make_project(tmp_path / "other", CONFIG)
    noxfile = other.write("noxfile.py", NOXFILE)
    result = user.nox(noxfile, CI_PROJECT=str(user.project.path))
    assert result.status == 2
    assert f"CI_PROJECT={user.project.path} python -m ci trust" in result.stderr
    assert user.nox(noxfile, CI_PROJECT=str(user.project.path), NOX_CIRCLECI_TRUST="1").status == 0
    assert user.nox(user.project.write("noxfile.py", NOXFILE), CI_PROJECT=str(user.project.path)).status == 0


def test_the_noxfile_of_a_repository_is_not_that_of_a_project_inside_it(tmp_path):
    assert own_noxfile(tmp_path, str(tmp_path))
    assert own_noxfile(tmp_path, str(tmp_path / "ci"))
    assert not own_noxfile(tmp_path / "vendor", str(tmp_path))
    assert not own_noxfile(tmp_path, "")


def test_the_users_own_settings_need_no_consent(user):
    user.settings('engine = "host"\npass-env = ["MINE"]\n')
    result = user.run(MINE="12")
    assert result.status == 0
    assert "passed from your environment: MINE (your settings)" in result.stdout
    assert "token= mine=12" in result.stdout


def test_circleci_local_execute_takes_the_settings_and_asks_too(user):
    user.settings('engine = "host"\n')
    words = [sys.executable, "-c", "from ci.cli.circleci_local import program; program()", "execute", "a"]
    assert call(words, user.project.path, environ=user.environ).status == 0
    user.project.write("pyproject.toml", TOKEN)
    result = call(words, user.project.path, environ=user.environ)
    assert result.status == 2
    assert "pass-env = MY_TOKEN" in result.stderr


def test_a_consent_that_cannot_be_remembered_counts_for_this_run(user):
    user.project.write("pyproject.toml", TOKEN)
    (user.folder / "state").write_text("a file")
    status, screen = user.on_terminal("y\n")
    assert status == 0
    assert "allowed for this run only" in screen


def test_each_job_names_what_passes_and_values_of_secret_names_are_masked(user):
    words = ["--engine", "host", "--pass-env", "MINE", "--pass-env", "MY_TOKEN", "--pass-env", "CIRCLE_TOKEN"]
    result = user.run(*words, MINE="in the open", CIRCLE_TOKEN="x")
    assert "passed from your environment: MINE (--pass-env), MY_TOKEN (--pass-env, masked)" in result.stdout
    assert "never passed: CIRCLE_TOKEN" in result.stdout
    assert "token=**** mine=in the open" in result.stdout
    kept = [path for path in (user.project.path / ".nox").rglob("*") if path.is_file()]
    assert [path for path in kept if b"in the open" in path.read_bytes()]
    assert not [path for path in kept if b"token-of-mine" in path.read_bytes()]
    log = next(path for path in kept if path.name == "a.log").read_text()
    assert "passed from your environment: MINE" in log


def with_context(user):
    user.project.write(".circleci/config.yml", CONFIG.replace("w: {jobs: [a]}", "w: {jobs: [a: {context: org}]}"))
    user.project.commit()
    user.environ["HOME"] = f"{user.folder}/home"
    file = user.folder / "home" / ".circleci" / "contexts" / "org.env"
    file.parent.mkdir(parents=True)
    file.write_text("MINE=of-the-context\n")
    file.chmod(0o600)
    return file


def test_a_context_of_the_home_folder_needs_consent_and_one_of_the_project_none(user):
    file = with_context(user)
    result = user.run("--engine", "host")
    assert result.status == 2
    assert "    context = org: " in result.stderr
    refused = user.run("--engine", "host", "-v", NOX_CIRCLECI_TRUST="0")
    assert "mine=\n" in refused.stdout
    assert "not given to the project (NOX_CIRCLECI_TRUST=0): context = org" in refused.stdout
    assert "allowed: context = org" in user.ci("trust").stdout
    allowed = user.run("--engine", "host")
    assert "mine=****" in allowed.stdout
    assert "the config uses context = org" in allowed.stdout
    user.ci("trust", "--revoke")
    own = user.project.write(".circleci/contexts/org.env", file.read_text())
    own.chmod(0o600)
    assert "mine=****" in user.run("--engine", "host").stdout
    own.unlink()
    own.symlink_to(file)
    assert user.run("--engine", "host").status == 2


def test_a_consent_to_a_context_does_not_cover_another_file_that_the_project_links_to(user):
    file = with_context(user)
    other = file.with_name("other.env")
    other.write_text("MINE=of-another-file\n")
    other.chmod(0o600)
    link = user.project.path / ".circleci/contexts/org.env"
    link.parent.mkdir()
    link.symlink_to(file)
    user.ci("trust")
    assert "mine=****" in user.run("--engine", "host").stdout
    link.unlink()
    link.symlink_to(other)
    result = user.run("--engine", "host")
    assert result.status == 2
    assert f"    context = org from {other.resolve()}: " in result.stderr
    user.ci("trust")
    assert "mine=****" in user.run("--engine", "host").stdout
    link.unlink()
    link.parent.rmdir()
    link.parent.symlink_to(user.folder)
    (user.folder / "org.env").write_text("MINE=of-another-folder\n")
    (user.folder / "org.env").chmod(0o600)
    assert user.run("--engine", "host").status == 2


def test_under_its_own_noxfile_a_context_of_the_home_folder_is_only_reported(user):
    with_context(user)
    result = user.nox(user.project.write("noxfile.py", NOXFILE))
    assert result.status == 0, result.stderr
    assert "the config uses context = org" in result.stdout


@pytest.mark.docker
def test_a_variable_that_an_images_auth_names_needs_consent_for_that_registry(user):
    image = "{image: 'evil.example/x', auth: {username: u, password: $MY_TOKEN}}"
    user.project.write(".circleci/config.yml", CONFIG.replace("{image: 'cimg/base:stable'}", image))
    result = user.run("--engine", "docker")
    assert result.status == 2
    assert "    auth = MY_TOKEN for evil.example: " in result.stderr
    assert "auth = MY_TOKEN for evil.example" in user.run("--engine", "docker", "--dry-run").stdout
    assert user.run("--engine", "host").status == 0  # it pulls nothing
    del user.environ["MY_TOKEN"]
    assert "consent" not in user.run("--engine", "docker", "--dry-run").stdout


def test_trust_of_a_config_that_does_not_compile_goes_by_the_settings_alone(user):
    user.project.write("pyproject.toml", TOKEN)
    user.project.write(".circleci/config.yml", "version: 2.1\njobs: 3\n")
    result = user.ci("trust")
    assert result.status == 0
    assert "allowed: pass-env = MY_TOKEN" in result.stdout
    assert "are not shown: .circleci/config.yml:" in result.stderr


def test_all_that_a_project_asks_for_is_granted_together(tmp_path):
    settings = ProjectSettings(
        pass_folder=("B",),
        options=(
            ("pass-env", "A"), ("share", str(tmp_path)),
            ("engine", "host"), ("machine", "host"), ("allow-docker", "true"),
        ),
    )  # fmt: skip
    environ = {"A": "1", "B": "/x", "NOX_CIRCLECI_TRUST": "1"}
    options, notices = consented(tmp_path, parse_run([], settings, environ), environ)
    assert [(each.name, each.folder) for each in options.passes] == [("A", False), ("B", True)]
    assert (options.engine, options.machine, options.allow_docker) == ("host", "host", True)
    assert options.share == (str(tmp_path.resolve()),)
    assert notices == (
        f"pyproject.toml sets share = {tmp_path.resolve()}, engine = host, machine = host, allow-docker = true",
    )


def test_without_a_home_the_message_is_the_same(tmp_path):
    options = parse_run([], ProjectSettings(options=(("engine", "host"),)), {})
    with pytest.raises(UsageError, match="needs your consent"):
        consented(tmp_path, options, {})


@pytest.mark.parametrize("text", ["[tool.nox-circleci\n", "[tool.nox-circleci]\nnope = 1\n"])
def test_a_wrong_settings_file_is_one_message_under_nox_too(user, text):
    user.project.write("pyproject.toml", text)
    result = user.nox(user.project.write("noxfile.py", NOXFILE))
    assert result.status == 2
    assert re.search(r"^pyproject\.toml:\d+:\d+: ", result.stderr, re.MULTILINE)
    assert "Traceback" not in result.stderr


def test_a_ci_project_that_is_none_is_one_message_under_nox_too(user):
    for name in ("/no/such/folder", "~no-such-user/x"):
        result = user.nox(Path(user.project.write("noxfile.py", NOXFILE)), CI_PROJECT=name)
        assert result.status != 0
        assert f"CI_PROJECT names no folder: {name}" in result.stderr
        assert "Traceback" not in result.stderr
