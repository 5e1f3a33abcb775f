"""The front of a run in another process: how its end, a rest and Ctrl-C come out."""

from ci.errors import INTERRUPTED, PAUSED
from ci.pause.front import wait_for_run


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
