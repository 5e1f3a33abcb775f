"""How many files may be open, in a program of its own: a limit that was lowered stays so."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from ci.system.open_files import allow_open_files
print(allow_open_files(wanted), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "then"),
    [
        (256, 4096, 2000, "2000 2000 4096"),
        (256, 4096, 4096, "4096 4096 4096"),
        (256, 1024, 2000, "1024 1024 1024"),
        (512, 1024, 300, "300 512 1024"),
        (300, 300, 2000, "300 300 300"),
    ],
)
def test_the_soft_limit_is_raised_as_far_as_is_wanted_and_allowed(soft, hard, wanted, then):
    words = [sys.executable, "-c", PROGRAM, *map(str, (soft, hard, wanted))]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() == then
