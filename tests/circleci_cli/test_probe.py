"""The real 0.1.x CLI is distinguished from what answers to the same arguments."""

import os

import pytest

from ci.engines.circleci.probe import probe


@pytest.mark.circleci
def test_the_real_cli_has_local_execute_and_takes_the_job_as_a_word(tmp_path, real_cli):
    (tmp_path / "circleci").symlink_to(real_cli)
    cli = probe({"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)})
    assert (cli.trouble, cli.job_option) == (None, False)
