"""The exit statuses of the commands."""

PASSED, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
