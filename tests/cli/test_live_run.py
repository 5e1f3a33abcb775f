"""A run in a real terminal: what a person sees while it goes on, and what is left on the screen."""

import signal

import pytest

from ..patience import eventually
from ..projects import make_project
from ..windows import window

RUN = ("run", "w", "--engine", "host", "--parallel")
SECRET = "hunter22-correct"
CONFIG = """
    version: 2.1
    jobs:
      quick: {docker: [{image: a/b}], steps: [run: seq 2000]}
      slow:
        docker: [{image: a/b}]
        steps:
          - run: {name: Wait, command: "echo with $PASSWORD; until [ -f GATE ]; do sleep 0.05; done; echo gone on"}
      bad: {docker: [{image: a/b}], steps: [run: {name: Break, command: "echo oops; exit 3"}]}
      late: {docker: [{image: a/b}], steps: [run: echo late]}
    workflows:
      w: {jobs: [quick, slow, bad, late: {requires: [slow]}]}
    """


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path / "p", CONFIG.replace("GATE", f"{tmp_path}/gate/open"))
    (tmp_path / "gate").mkdir()
    (tmp_path / "secrets").write_text(f"PASSWORD={SECRET}\n")
    return made


def words(tmp_path, *more):
    return (*RUN, "--share", str(tmp_path / "gate"), "--env-file", str(tmp_path / "secrets"), *more)


def open_gate(tmp_path):
    (tmp_path / "gate" / "open").touch()


def test_the_running_job_stands_below_what_has_ended_and_the_end_leaves_the_text_alone(project, tmp_path):
    with window(project.path, *words(tmp_path)) as seen:
        assert eventually(lambda: seen.shows("✓ quick") and seen.shows("✗ bad failed") and seen.shows("▶ slow"))
        assert eventually(lambda: seen.shows("waiting: late for slow"))
        assert eventually(lambda: seen.shows("no output for "))
        seen.type("\n\nimpatient\n")
        seen.resize(200, 24)
        assert eventually(lambda: seen.shows("(last: with ****)"))
        open_gate(tmp_path)
        assert seen.end() == 1
        lines = seen.everything
    assert not any("▶" in line or "waiting:" in line for line in lines)
    assert not any("impatient" in line for line in lines)
    assert "✓ late success" in "\n".join(lines)
    assert "✗ bad: step 1 of 1 'Break'" in lines[-8:]
    assert not any(line.strip() == "1999" for line in lines)
    assert SECRET.encode() not in seen.written
    assert not seen.screen.cursor.hidden


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_a_clean_terminal_with_the_summary(project, tmp_path, number):
    with window(project.path, *words(tmp_path)) as seen:
        assert eventually(lambda: seen.shows("▶ slow") and not seen.echoes)
        seen.type("\x03") if number == signal.SIGINT else seen.process.send_signal(number)
        assert seen.end() == 130
        assert seen.echoes
        lines = seen.everything
    assert lines[-1] == "interrupted"
    assert any(line.startswith("w: ") and "canceled in" in line for line in lines)
    assert not any(line.startswith("▶") for line in lines)
    assert (seen.screen.cursor.x, seen.screen.cursor.hidden) == (0, False)


@pytest.mark.parametrize(
    ("environ", "drawn", "colored"),
    [
        ({"NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"LC_ALL": "C", "PYTHONUTF8": "0"}, True, True),
        ({"PYTHONIOENCODING": "latin-1"}, True, True),
        ({"PYTHONIOENCODING": "ascii"}, True, True),
    ],
)
def test_a_terminal_gets_what_it_can_show(project, tmp_path, environ, drawn, colored):
    with window(project.path, *words(tmp_path), **environ) as seen:
        assert eventually(lambda: seen.shows("slow") and seen.shows("of 4 jobs done") is drawn)
        open_gate(tmp_path)
        assert seen.end() == 1
    assert (b"\x1b[J" in seen.written) is drawn
    assert (b"\x1b[36m" in seen.written) is colored


def test_a_question_has_the_terminal_to_itself(tmp_path):
    text = """
        version: 2.1
        jobs:
          build: {docker: [{image: a/b}], steps: [run: "sleep 2; echo built"]}
          after: {docker: [{image: a/b}], steps: [run: echo after]}
        workflows:
          w: {jobs: [build, hold: {type: approval}, after: {requires: [hold]}]}
        """
    project = make_project(tmp_path / "p", text)
    with window(project.path, *RUN) as seen:
        assert eventually(lambda: seen.lines[-1].startswith("Approve hold? [y/n]"))
        seen.type("maybe\n")
        assert eventually(lambda: sum("Approve hold?" in line for line in seen.lines) == 2)
        seen.type("y\n")
        assert seen.end() == 0
        lines = seen.everything
    assert "Approve hold? [y/n] y" in lines
    assert "✓ after success" in "\n".join(lines)
