"""The cyclic collector is one for all threads: it is paused only in a process that has one."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from ci.compiler.compile import compile_config
from ci.compiler.orb_imports import OrbSource
from ci.compiler.pipeline_values import PipelineValues

START = """
import gc, threading
from ci.system.collector import paused_collector
hold = threading.Event()
"""


@pytest.mark.parametrize(
    ("before", "inside", "after"),
    [
        ("", False, True),
        ("gc.disable()", False, False),
        ("threading.Thread(target=hold.wait).start()", True, True),
    ],
    ids=["one thread", "already off", "two threads"],
)
@pytest.mark.parametrize("ending", ["pass", "raise ValueError"])
def test_it_is_paused_in_a_process_of_one_thread_and_then_as_it_was(before, inside, after, ending):
    block = f"try:\n with paused_collector():\n  print(gc.isenabled())\n  {ending}\nexcept ValueError: pass\n"
    program = f"{START}{before}\n{block}print(gc.isenabled())\nhold.set()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == [str(inside), str(after)], done.stderr


class WatchingOrbs:
    """A source of orbs that notes whether the collector runs when it is asked."""

    def __init__(self) -> None:
        self.seen: list[bool] = []

    def find(self, reference: str) -> OrbSource | None:
        self.seen.append(gc.isenabled())
        return OrbSource(reference, "jobs: {}", "box.yml")

    def versions(self, reference: str) -> tuple[str, ...]:
        return ()


def test_the_compiler_leaves_it_running_as_a_server_compiles_in_several_threads():
    orbs = WatchingOrbs()
    text = "version: 2.1\norbs: {box: a/box@1.0.0}\njobs: {build: {docker: [{image: a}], steps: [checkout]}}"
    compile_config(text, "config.yml", PipelineValues(), orbs)
    assert orbs.seen == [True]
