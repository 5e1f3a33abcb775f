#!/usr/bin/env python3
"""Stands for kubectl, in the folder that STAND_IN names.

``config view`` prints the file ``view``; ``proxy`` answers every connection with the file ``answer``, never if there is
none, or fails with the file ``error``. Both note their arguments in ``calls``, and ``proxy`` its process in ``pids``.
"""

import os
import signal
import socket
import sys
from pathlib import Path

FOLDER = Path(os.environ["STAND_IN"])


def note(name: str, text: str) -> None:
    with open(FOLDER / name, "a") as file:
        file.write(f"{text}\n")


def proxy(path: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listening = socket.socket(socket.AF_UNIX)
    if os.path.exists(path):
        os.unlink(path)  # kubectl too: what it was that listened there before
    listening.bind(path)
    listening.listen(8)
    asking = []
    while True:
        connection, _ = listening.accept()
        if not (FOLDER / "answer").exists():
            note("asked", "and waits")
            asking.append(connection)
            continue
        if connection.recv(65536):
            sys.stderr.write("E1127 proxy_server.go:147] Error while proxying request\n" * 2000)
            connection.sendall((FOLDER / "answer").read_bytes())
        connection.close()


if __name__ == "__main__":
    note("calls", " ".join(sys.argv[1:]))
    if "proxy" not in sys.argv:
        print((FOLDER / "view").read_text())
    elif (FOLDER / "error").exists():
        sys.exit((FOLDER / "error").read_text())
    else:
        note("pids", str(os.getpid()))
        proxy(next(each for each in sys.argv if each.startswith("--unix-socket=")).partition("=")[2])
