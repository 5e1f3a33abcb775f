"""Newman's end: seldom, it waits for ever on an upload whose answer came before its end."""

import os
import subprocess
import time
from xml.etree import ElementTree

LINGER_SECONDS = 10


def run(command, junit, environment, folder=None):
    """Newman's exit status; of one that lives on when its run is over and its JUnit report written, the report's."""
    if os.path.exists(junit):  # an earlier run's report does not count for this one
        os.remove(junit)
    process = subprocess.Popen(command, cwd=folder, env=environment)
    while process.poll() is None:
        if os.path.exists(junit) and time.time() - os.path.getmtime(junit) > LINGER_SECONDS:
            process.kill()
            process.wait()
            print("newman did not end after its run, and was ended: its report counts", flush=True)
            return verdict(junit)
        time.sleep(0.1)
    if process.returncode == 0 and not os.path.exists(junit):
        print("newman wrote no report of its run", flush=True)
        return 1
    return process.returncode


def verdict(junit):
    suites = list(ElementTree.parse(junit).iter("testsuite"))
    return int(not suites or any(suite.get(count) != "0" for suite in suites for count in ("failures", "errors")))


def direct():
    """This environment for a client of a server on this machine: no proxy; newman's tables want telling twice."""
    found = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    found["FORCE_COLOR"] = "0"
    return found
