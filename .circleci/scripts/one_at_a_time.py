#!/usr/bin/env python3
"""Run a command while no other run on this machine runs one by this program: one_at_a_time.py WHY COMMAND...

Upstream's Gradle suites start servers on fixed ports, so two builds at once would call each other's. The lock is on
the folder /tmp itself (ONE_AT_A_TIME names another): it leaves no file behind, every user can take it, and it ends
with the process that has it. Standard library only; Python 3.6 is enough.
"""

import fcntl
import os
import subprocess
import sys
import time

LOOK_SECONDS = 0.2
SAY_SECONDS = 60  # CircleCI ends a step that is silent for ten minutes


def wait_for(lock, why):
    printed = None
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if printed is None or time.time() - printed >= SAY_SECONDS:
                print("waiting for another run: %s" % why, flush=True)
                printed = time.time()
        time.sleep(LOOK_SECONDS)


def main():
    why, command = sys.argv[1], sys.argv[2:]
    wait_for(os.open(os.environ.get("ONE_AT_A_TIME", "/tmp"), os.O_RDONLY), why)  # a child does not inherit it
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main())
