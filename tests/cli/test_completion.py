"""Completion: what is offered behind which words, by the three real shells, and that nothing of the project runs."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..patience import PATIENCE
from ..projects import ROOT, Project, make_project

CONFIG = """
version: 2.1
parameters:
  color: {type: string, default: red}
executors:
  small: {docker: [{image: 'cimg/base:stable'}]}
jobs:
  build: {executor: small, steps: [run: 'true']}
  test:
    parameters: {version: {type: string}}
    docker: [{image: 'cimg/python:<< parameters.version >>'}]
    steps: [run: 'true']
workflows:
  smoke:
    jobs: [build, test: {matrix: {parameters: {version: ['3.11', '3.12']}}}, ok: {type: approval, requires: [build]}]
  nightly: {jobs: [build]}
"""
NOXFILE = "import pathlib; pathlib.Path(__file__).with_name('it-ran').touch()"
ASKED = {
    "nox-circleci val": {"validate"},
    "nox-circleci run ": {"smoke", "nightly"},
    "nox-circleci run sm": {"smoke"},
    "nox-circleci run smoke -j ": {"build", "test", "test-3.11", "test-3.12"},
    "nox-circleci run nightly -j ": {"build"},
    "nox-circleci run -j test-": {"test-3.11", "test-3.12"},
    "nox-circleci run smoke -e 3": {"3.11", "3.12"},
    "nox-circleci run smoke --approve ": {"ok", "all"},
    "nox-circleci run smoke --param ": {"color="},
    "nox-circleci run smoke --engi": {"--engine"},
    "nox-circleci run smoke --engine h": {"host"},
    "nox-circleci run smoke --pause-l": {"--pause-limit"},
    "nox-circleci run smoke --branch ": set(),
    "nox-circleci graph ": {"smoke", "nightly"},
    "nox-circleci validate --format s": {"sarif"},
    "nox-circleci orbs ": {"add", "fetch", "export", "import", "list", "pack"},
    "nox-circleci orb exp": {"export"},
    "nox-circleci config ": {"process", "validate", "pack"},
    "nox-circleci config validate --format s": {"sarif"},
    "nox-circleci orbs add --all": {"--all-tags"},
    "nox-circleci orbs nothing --": set(),
    "nox-circleci clean r": {"runs"},
    "nox-circleci nothing ": set(),
    "circleci-local execute --docker": {"--docker-socket-path"},
    "circleci-local execute --job te": {"test", "test-3.11", "test-3.12"},
    "circleci-local execute ": {"build", "test", "test-3.11", "test-3.12"},
}
"""What is offered behind these words."""
BEHIND_NOX = {
    "nox -s smoke -- -j ": {"build", "test", "test-3.11", "test-3.12"},
    "nox -s smoke-build -- --engine d": {"docker"},
    "nox --session=nightly -- -j ": {"build"},
    "nox -R -s validate -- --format g": {"github"},
    "nox -s smoke-": {"smoke-build", "smoke-test"},
    "nox -s smoke nig": {"nightly", "nightly-build"},
    "nox -s mine -- --": set(),
}
ASK = """
import json, os, sys
from ci.cli.complete import complete
answers = {}
for line in json.load(sys.stdin):
    child = os.fork()
    if not child:
        nox = {"_NOX_CIRCLECI_NOX": "1"} if line.startswith("nox ") else {}
        os.environ.update(nox, COMP_LINE=line, COMP_POINT=str(len(line)), _ARGCOMPLETE="1", _ARGCOMPLETE_IFS="|",
                          _ARGCOMPLETE_SUPPRESS_SPACE="1", _ARGCOMPLETE_STDOUT_FILENAME=sys.argv[1])
        complete()
        os._exit(1)
    open(sys.argv[1], "w").close()
    os.waitpid(child, 0)
    answers[line] = open(sys.argv[1]).read()
print(json.dumps(answers))
"""
LOADED = """
import sys
from ci.cli.completers import Names
print(sorted(Names(["nox-circleci", "run", "smoke"]).jobs()), *sys.modules)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return make_project(tmp_path_factory.mktemp("completed") / "project", CONFIG, **{"noxfile.py": NOXFILE})


@pytest.fixture(scope="module")
def shell(project) -> dict[str, str]:
    """An environment in whose PATH stands a program ``nox-circleci`` of this checkout."""
    folder = project.path.parent / "bin"
    folder.mkdir()
    call = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv[0] = {str(folder / 'nox-circleci')!r}\n"
    program = folder / "nox-circleci"
    program.write_text(f"#!{sys.executable}\n{call}from ci.__main__ import program\nprogram()\n")
    program.chmod(0o755)
    (folder / "nox").symlink_to(Path(sys.executable).with_name("nox"))
    home = project.path.parent / "home"
    home.mkdir()
    return {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(home), "TERM": "xterm", "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def offered(project, shell) -> dict[str, set[str]]:
    """What is offered behind each of the lines above."""
    words = [sys.executable, "-c", ASK, str(project.path.parent / "answer")]
    lines = json.dumps([*ASKED, *BEHIND_NOX])
    environ = {**os.environ, **shell, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, input=lines, cwd=project.path, env=environ, capture_output=True, text=True, check=True)
    return {line: set(filter(None, answer.split("|"))) for line, answer in json.loads(done.stdout).items()}


@pytest.mark.parametrize("line", [*ASKED, *BEHIND_NOX])
def test_behind_these_words_these_are_offered(offered, line):
    assert offered[line] == {**ASKED, **BEHIND_NOX}[line]


def test_a_config_that_is_kept_is_completed_without_the_compiler(project, offered, shell):
    words, environ = [sys.executable, "-c", LOADED], {**os.environ, **shell, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=project.path, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("['build', 'test', 'test-3.11', 'test-3.12'] ")
    assert {"yaml", "ci.compiler.compile"}.isdisjoint(done.stdout.split())


def test_a_config_that_does_not_compile_is_completed_by_the_names_that_it_has(tmp_path, shell):
    folder = make_project(tmp_path, CONFIG.replace("true'", "<< what >>'", 1)).path
    words, environ = [sys.executable, "-c", LOADED], {**os.environ, **shell, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("['build', 'test'] ")


IN_BASH = """
asked() {
  COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  function=$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
  "$function" "$1" "${!#}"
  printf '%s\\n' "${COMPREPLY[@]}"
}
COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
"""


LOAD = 'eval "$(nox-circleci completion bash)"\n'


def in_bash(project, environ, *questions: str, before: str = "", load: str = LOAD) -> list[list[str]]:
    """What bash offers behind each of these words."""
    asked = "".join(f"asked {words}; echo ---\n" for words in questions)
    words = ["bash", "--norc", "--noprofile", "-c", f"{before}{load}{IN_BASH}{asked}"]
    done = subprocess.run(words, cwd=project.path, env=environ, capture_output=True, text=True, timeout=PATIENCE)
    return [[line.strip() for line in part.split("\n") if line] for part in done.stdout.split("---\n")[:-1]]


def test_bash_completes_our_programs_and_behind_noxs_dashes(project, shell):
    questions = {
        "nox-circleci run smoke -j te": ["test", "test-3.11", "test-3.12"],
        "nox -s smoke -- --appr": ["--approve"],
        "nox -s smoke-b": ["smoke-build"],
    }
    assert in_bash(project, shell, *questions) == list(questions.values())
    assert not (project.path / "it-ran").exists()


def test_bash_leaves_what_stands_before_the_dashes_to_noxs_own_completion_if_that_is_loaded(project, shell):
    own = "its_own() { COMPREPLY=(of-nox); }; complete -F its_own nox\n"
    found = in_bash(project, shell, "nox -s smoke-b", "nox -s smoke -- --appr", before=own)
    assert found == [["of-nox"], ["--approve"]]


def test_in_a_clone_that_is_not_installed_nox_is_completed_from_any_folder(shell, tmp_path):
    """Not by ``python -m ci``, which would take the folder ``ci`` of any project where the shell stands."""
    other = make_project(tmp_path / "project", CONFIG, **{"ci/__init__.py": NOXFILE, "noxfile.py": NOXFILE})
    printed = subprocess.run(
        [sys.executable, "-m", "ci", "completion", "bash"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (tmp_path / "printed").write_text(printed.stdout)
    bare = {**shell, "PATH": "/usr/bin:/bin"}
    found = in_bash(other, bare, "nox -s smoke -- --appr", before=f". {tmp_path / 'printed'}\n", load="")
    assert found == [["--approve"]]
    assert list(other.path.rglob("it-ran")) == []


def typed_in_zsh(project, shell, line: str, wanted: str) -> str:
    """What a terminal shows that zsh has, after a line was typed; waits for what is wanted."""
    child, terminal = pty.fork()
    if not child:
        os.chdir(project.path)
        os.execvpe("zsh", ["zsh", "-f", "-i"], {**shell, "PS1": "ready> "})
    shown = ""
    try:
        for text, awaited in (
            ("autoload -U compinit && compinit -u && eval \"$(nox-circleci completion zsh)\" && echo do''ne\n", "done"),
            (f"{line}\t", wanted),
        ):
            os.write(terminal, text.encode())
            shown, until = "", time.monotonic() + PATIENCE
            while awaited not in shown and time.monotonic() < until:
                if select.select([terminal], [], [], 0.1)[0]:
                    shown += os.read(terminal, 4096).decode("utf-8", "replace")
    finally:
        os.close(terminal)
        os.kill(child, 9)
        os.waitpid(child, 0)
    return shown


@pytest.mark.shells
@pytest.mark.parametrize(
    ("line", "wanted"),
    [("nox-circleci run smoke --approve o", "ok"), ("nox -s smoke -- --appr", "--approve")],
)
def test_zsh_completes_our_programs_and_behind_noxs_dashes(project, shell, line, wanted):
    assert wanted in typed_in_zsh(project, shell, line, wanted)
    assert not (project.path / "it-ran").exists()


@pytest.mark.shells
def test_fish_completes_programs_that_are_named_by_their_path(project, shell):
    program = project.path.parent / "bin" / "nox-circleci"
    script = f"{program} completion fish | source; complete -C '{program} run smoke --appr'"
    words, bare = ["fish", "--no-config", "-c", script], {**shell, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, cwd=project.path, env=bare, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout.split("\t")[0], done.stderr) == ("--approve", "")


@pytest.mark.shells
def test_fish_completes_our_programs_and_behind_noxs_dashes(project, shell):
    lines = {
        "nox-circleci run smoke -j test-3.1": ["test-3.11", "test-3.12"],
        "nox-circleci run smoke --appr": ["--approve"],
        "nox -s smoke -- --appr": ["--approve"],
        "nox -s smoke-b": ["smoke-build"],
    }
    asked = "; echo ---; ".join(f"complete -C '{line}'" for line in lines)
    words = ["fish", "--no-config", "-c", f"nox-circleci completion fish | source; {asked}"]
    done = subprocess.run(words, cwd=project.path, env=shell, capture_output=True, text=True, timeout=PATIENCE)
    found = [[line.split("\t")[0] for line in part.split("\n") if line] for part in done.stdout.split("---\n")]
    assert (found, done.stderr) == (list(lines.values()), "")
    assert not (project.path / "it-ran").exists()


def test_an_unknown_shell_is_an_error_that_lists_those_that_there_are(project):
    done = project.ci("completion", "csh")
    assert (done.status, done.stdout) == (2, "")
    assert "'fish'" in done.stderr
