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


def test_the_interpreters_own_end_finds_few_objects_to_look_through():
    done = subprocess.run([sys.executable, "-c", ENDS, "a", "b", "c"], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("True\n", 3), done.stderr
