"""The endpoint of a setup workflow: its private key outlives no run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from ci.run.folder import clean_leftovers

ROOT = Path(__file__).resolve().parents[2]
CODE = """
from ci.run.continuing import endpoint
with endpoint("127.0.0.1", "127.0.0.1", ()):
    print("ready", flush=True)
    input()
"""


def test_the_key_of_a_run_that_was_killed_is_removed_by_the_next(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    words = [sys.executable, "-c", CODE]
    run = subprocess.Popen(words, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "ready\n"
    assert len(list(tmp_path.glob("*/key.pem"))) == 1
    assert [f"{path.stat().st_mode & 0o777:o}" for path in tmp_path.iterdir()] == ["700"]
    run.send_signal(signal.SIGKILL)
    run.communicate()
    clean_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []
