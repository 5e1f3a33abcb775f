"""How the program ends: with the status of what it ran, and without a search for garbage in all that it has made."""

from __future__ import annotations

import subprocess
import sys

ENDS = """
import atexit, gc
from ci.cli.entry import end
made = [[] for _ in range(1000)]
atexit.register(lambda: print(len(gc.get_objects()) < 1000))
end(lambda argv: len(argv))
"""
IN_NOX = """
import gc
from ci.cli.entry import status_of
usual = gc.get_threshold()
made = [[] for _ in range(1000)]
print(status_of(lambda argv: len(argv), ["a"]), len(gc.get_objects()) < 1000, gc.get_threshold() == usual)
"""


def python(program: str, *arguments: str) -> tuple[str, int]:
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
    assert not done.stderr
    return done.stdout, done.returncode


def test_the_interpreters_own_end_finds_few_objects_to_look_through():
    assert python(ENDS, "a", "b", "c") == ("True\n", 3)


def test_nor_does_that_of_nox_whose_collector_is_as_it_was():
    assert python(IN_NOX) == ("1 True True\n", 0)
