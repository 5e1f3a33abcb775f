"""Which variables of the user's may be passed to jobs by name."""

from __future__ import annotations

NEVER = ("CIRCLE_TOKEN", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "GPG_AGENT_INFO", "GPG_TTY")
NEVER_BY_PREFIX = "CIRCLECI_CLI_"


def may_pass(name: str) -> bool:
    """Return whether a variable may be passed to a job; tokens of the runner and sockets of agents may not."""
    return name not in NEVER and not name.startswith(NEVER_BY_PREFIX)
