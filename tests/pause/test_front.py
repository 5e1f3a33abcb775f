"""The front of a run in another process: how its end, a rest and Ctrl-C come out."""

import subprocess
import sys
from pathlib import Path

from ci import process
from ci.errors import INTERRUPTED, PAUSED
from ci.pause.front import wait_for_run
from tests.patience import alive

RUN = """
from ci.pause.front import start_run
from ci.process import begin

def run(front):
    front.send({"begun": begin(["sleep", "60"])._process.pid})
    raise SystemExit

begin(["sleep", "0.2"])
channel = start_run(run)
print(channel.receive()["begun"])
assert channel.receive() is None
"""


class Run:
    """A run that says these things in turn; a KeyboardInterrupt among them is the user's Ctrl-C."""

    def __init__(self, *said):
        self.said, self.asked = list(said), []

    def receive(self):
        message = self.said.pop(0)
        if message is KeyboardInterrupt:
            raise KeyboardInterrupt
        return message

    def send(self, message):
        self.asked.append(message)
        return True


def waited(run):
    return wait_for_run(run, lambda message: False)


REST = {"rest": PAUSED, "paused": [{"job": "build"}]}


def test_a_run_that_rests_lets_the_front_go_with_what_is_paused():
    assert waited(Run(REST)) == (PAUSED, ({"job": "build"},))


def test_ctrl_c_ends_the_run():
    run = Run(KeyboardInterrupt, {"ended": INTERRUPTED})
    assert waited(run) == (INTERRUPTED, ())
    assert run.asked == [{"do": "interrupt"}]


def test_a_rest_that_crosses_with_ctrl_c_on_the_way_leaves_nothing_paused():
    assert waited(Run(KeyboardInterrupt, REST, None)) == (INTERRUPTED, ())


def test_what_a_run_has_begun_ends_with_it():
    """The process of a run ends without what Python does at a program's end, being a fork of another."""
    root = Path(process.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", RUN], cwd=root, capture_output=True, text=True, check=True)
    assert not alive(done.stdout.strip())
