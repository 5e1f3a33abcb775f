"""A port of this machine's loopback, reachable from containers while a job lasts."""

import socket
import threading

import pytest

from ci.engines.docker.network.relay import relay


def test_a_relay_listens_and_has_a_thread_only_while_its_block_lasts():
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = server.getsockname()[1]
        with relay("127.0.0.1", "127.0.0.1", target) as port, socket.create_connection(("127.0.0.1", port), 5):
            server.accept()[0].close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5)
    assert not [each for each in threading.enumerate() if each.name.startswith("relay to")]
