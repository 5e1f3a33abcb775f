"""server.py: a server is stopped to its end, however impatient the user is."""

from __future__ import annotations

import importlib.util
import os
import signal
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".circleci" / "scripts" / "server.py"
spec = importlib.util.spec_from_file_location("server", SCRIPT)
assert spec
assert spec.loader
server = importlib.util.module_from_spec(spec)
spec.loader.exec_module(server)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_a_server_is_stopped_is_heard_when_it_is(number: int) -> None:
    before = signal.getsignal(number)
    done = []

    def stop() -> None:
        with server.uninterrupted():
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
            done.append(True)

    with pytest.raises(SystemExit) as ended:
        stop()
    assert (ended.value.code, done) == (128 + number, [True])
    assert signal.getsignal(number) == before


def test_without_a_signal_it_is_as_if_nothing_had_been() -> None:
    before = [signal.getsignal(number) for number in server.SIGNALS]
    with server.uninterrupted():
        assert [signal.getsignal(number) for number in server.SIGNALS] != before
    assert [signal.getsignal(number) for number in server.SIGNALS] == before
