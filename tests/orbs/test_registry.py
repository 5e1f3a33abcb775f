"""One orb from the registry, against a stand-in for CircleCI's API on this machine."""

from __future__ import annotations

import pytest

from ci.errors import UsageError
from ci.orbs.registry import Registry

from .conftest import StandIn


def test_a_token_goes_to_the_registry_and_not_to_a_url(api: StandIn) -> None:
    registry = Registry(api.address, token="hidden", insecure_urls=True)
    registry.get("acme/base@2.0.0")
    registry.get(f"{api.address}/orb.yml")
    assert api.tokens == ["hidden", None]


def test_a_redirect_is_not_followed_with_the_token(api: StandIn) -> None:
    api.answer, api.location = (302, b""), f"{api.address}/elsewhere"
    with pytest.raises(UsageError, match="HTTP status 302"):
        Registry(api.address, token="hidden").get("acme/base@2.0.0")
    assert api.asked == ["acme/base@2.0.0"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, b""), "HTTP status 500"),
        ((200, b"<html>"), "not the API's"),
        ((200, b"[]"), "not the API's"),
        ((200, b"\xff"), "not UTF-8"),
        ((200, b'{"errors": [{"message": "no such field"}]}'), "no such field"),
        ((200, b'{"data": null}'), "no orb 'acme/base@2.0.0'"),
    ],
)
def test_what_the_api_answers_wrongly_is_one_clear_error(api: StandIn, answer: tuple[int, bytes], why: str) -> None:
    api.answer = answer
    with pytest.raises(UsageError, match=why) as caught:
        Registry(api.address).get("acme/base@2.0.0")
    assert len(caught.value.problems) == 1
