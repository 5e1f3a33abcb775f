"""CONTRIBUTING's walk of one job is the one that a run takes."""

import re
import subprocess
import sys

from .projects import ROOT


def test_a_run_passes_every_function_that_the_walk_names():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("### One job, from YAML to the last line")[2].partition("\n### ")[0]
    named = {" ".join(found) for found in re.findall(r"^(ci/\S+\.py) (\w+) ", section, re.MULTILINE)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.walk"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    assert len(named) > 20
    assert named - set(done.stdout.splitlines()) == set()
