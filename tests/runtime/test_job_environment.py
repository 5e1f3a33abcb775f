"""What outranks what. https://circleci.com/docs/guides/security/env-vars/#order-of-precedence"""

import pytest

from ci.runtime.job_environment import may_pass


@pytest.mark.parametrize("name", ["CIRCLE_TOKEN", "CIRCLECI_CLI_TOKEN", "SSH_AUTH_SOCK", "GPG_AGENT_INFO"])
def test_tokens_and_agents_are_never_handed_to_a_job_by_name(name):
    assert not may_pass(name)


def test_any_other_variable_may_be():
    assert may_pass("MY_TOOL_HOME")
