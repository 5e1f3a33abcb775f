"""This machine's address, as its containers reach it."""

import pytest

from ci.engines.docker.network.address import is_own, of_bridge
from ci.engines.docker.network.relay import relay


@pytest.mark.parametrize(
    ("answer", "gateway"),
    [
        ("172.17.0.1;172.17.0.0/16", "172.17.0.1"),
        (";172.17.0.0/16", "172.17.0.1"),
        ("10.0.0.254;10.0.0.0/24\n", "10.0.0.254"),
        (";fd00::/64", "fd00::1"),
        (";", ""),
    ],
)
def test_the_gateway_is_the_first_address_where_the_engine_names_the_subnet_alone(answer, gateway):
    assert of_bridge(answer) == gateway


def test_no_address_is_not_this_machines_own():
    """A server that is bound to it would listen at all of the machine's addresses."""
    assert not is_own("")
    assert is_own("127.0.0.1")


def test_no_relay_listens_without_an_address():
    with pytest.raises(OSError, match="all of this machine's"):
        relay("", "127.0.0.1", 9).__enter__()
