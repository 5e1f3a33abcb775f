"""What no report of a run may show: secrets of all jobs, passed ones, the continuation's key, passwords of proxies."""

from types import SimpleNamespace

from ci.run.run_context import RunContext
from ci.runtime.continuation_client import Continuation


def context(continuation=None):
    """Return a run of which only the secrets are known."""
    return RunContext(
        plan=None,
        engine=None,
        engine_reason="",
        fallback=None,
        work_tree=None,
        settings=SimpleNamespace(continuation=continuation),
        pipeline=None,
        secrets=SimpleNamespace(all=lambda: (("TOKEN", "of-a-context"),)),
        passed=SimpleNamespace(masked=("passed-by-name",)),
        approve=None,
        width=1,
        fail_fast=False,
    )


def test_every_kind_of_secret_is_masked():
    endpoint = Continuation("127.0.0.1", 1, "the-key", "certificate")
    environ = {"HTTPS_PROXY": "http://user:pass-word@proxy:3128"}
    assert set(context(endpoint).secret_values(environ)) == {"of-a-context", "passed-by-name", "the-key", "pass-word"}
    assert set(context().secret_values({})) == {"of-a-context", "passed-by-name"}
