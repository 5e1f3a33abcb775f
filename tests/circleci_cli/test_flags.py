"""Every flag of the real ``local execute`` is one of ``circleci-local execute``."""

import os
import re
import subprocess

import pytest

from ci.cli.execute import execute_parser


@pytest.mark.circleci
def test_no_flag_of_the_real_cli_is_missing(tmp_path, real_cli):
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CIRCLECI_CLI_SKIP_UPDATE_CHECK": "1"}
    words = [real_cli, "local", "execute", "--help"]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60)
    flags = re.findall(r"^┃\s+(?:(-\w), )?(--[a-z-]+)", done.stdout + done.stderr, re.MULTILINE)
    real = {flag for pair in flags for flag in pair if flag}
    assert {"--config", "-c", "--temp-dir"} <= real
    ours = {option for action in execute_parser()._actions for option in action.option_strings}
    assert real <= ours
