"""Which answers of a cluster are a refusal, and which only mean that it cannot answer now."""

import json

import pytest

from ci.engines.kubernetes.cluster.api_refusals import NoAnswer, Refused, failure


def status(code, reason, message):
    return json.dumps({"kind": "Status", "code": code, "reason": reason, "message": message}).encode()


@pytest.mark.parametrize(
    ("code", "reason", "message"),
    [
        (403, "Forbidden", "pods is forbidden"),
        (404, "NotFound", 'pods "x" not found'),
        (409, "AlreadyExists", 'pods "x" already exists'),
        (500, "InternalError", "failed calling webhook"),
    ],
)
def test_what_the_api_server_has_decided_is_a_refusal(code, reason, message):
    found = failure(code, status(code, reason, message))
    assert isinstance(found, Refused)
    assert (found.code, found.reason, found.message) == (code, reason, message)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (500, b"dial tcp 10.0.0.1:6443: connect: connection refused\n"),  # kubectl proxy's own
        (502, b"<html>Bad Gateway</html>"),
        (429, status(429, "TooManyRequests", "Too many requests, please try again later.")),
        (503, status(503, "ServiceUnavailable", "the server is currently unable to handle the request")),
        (504, status(504, "Timeout", "request did not complete within the allotted timeout")),
        (500, status(500, "InternalError", "etcdserver: request timed out")),
        (500, status(500, "InternalError", "etcdserver: leader changed")),
    ],
)
def test_what_may_pass_is_no_answer(code, body):
    assert isinstance(failure(code, body), NoAnswer)


@pytest.mark.parametrize("body", [b"<!DOCTYPE HTML>\n<p>Not found", b"[1]", b"null", b'{"kind": "Page"}', b""])
def test_an_answer_that_no_api_server_gives_has_no_reason(body):
    found = failure(404, body)
    assert isinstance(found, Refused)
    assert found.reason == ""
    assert "\n" not in found.message
