"""What is kept of jobs that go on without this program."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest

from ci.engines.protocol import Leaving
from ci.events import Fidelity, TestCounts
from ci.record import detached_run
from ci.record.detached_run import DetachedRun, LeftBackground, LeftFeature, LeftNode, LeftResults
from ci.run.detachment import Detachment, forget_detached
from ci.runtime.left_run import detached_jobs
from ci.runtime.task import Layer, Outcome

NODE = LeftNode(
    job="build",
    node=0,
    next=3,
    last=5,
    place={"name": "nox-build-1", "steps": {"name": "process-1", "place": {"frame": 7}}},
    began=1_700_000_000.0,
    seconds_left=17_000.5,
    failed=(2,),
    results=LeftResults(),
    features=(LeftFeature("Run", ""),),
    background=(LeftBackground(1, 1_700_000_001.0),),
)
ENDED = Outcome(
    "failed",
    Fidelity("emulated", ("a difference",)),
    "why",
    (Layer("build", 1, Path("/layers/build.1.tar"), ("file",)),),
    TestCounts(3, 1),
    2,
    (("test_one.py", 1.5),),
)


class Ends:
    """Stands for an engine that jobs can be left to."""

    def __init__(self):
        self.kept, self.ended, self.interrupted = 0, [], False
        choices = {"kube_context": "test"}
        self.leaving = Leaving("context test", choices, 3600.0, self.keep, self.ended.extend)

    def keep(self):
        self.kept += 1
        if self.interrupted:
            raise KeyboardInterrupt


def left(tmp_path, *nodes) -> tuple[DetachedRun, Ends]:
    detachment, engine = Detachment(), Ends()
    detachment.leave("build", dict(enumerate(nodes)))
    assert detachment.is_any
    return detachment.keep(tmp_path, engine.leaving, {"build": frozenset({9, 8})}), engine


def test_a_run_is_read_as_it_was_left_and_by_its_user_alone(tmp_path):
    written, engine = left(tmp_path, NODE, ENDED)
    found = detached_jobs(tmp_path)
    assert found == written
    assert found.nodes == (NODE,)
    assert found.left_out[0].steps == (8, 9)
    assert abs(found.until - time.time() - 3600) < 60
    assert engine.kept == 1
    assert stat.S_IMODE((tmp_path / detached_run.FILE).stat().st_mode) == 0o600


def test_who_comes_back_finds_where_each_node_stands_or_how_it_ended_once(tmp_path):
    written, _ = left(tmp_path, NODE, ENDED)
    detachment = Detachment(written)
    assert not detachment.is_any
    found = detachment.come_back("build")
    assert found[0] == NODE
    assert found[1] == ENDED
    assert detachment.come_back("build") == {}
    assert detachment.come_back("other") == {}


def test_a_run_that_is_ended_while_it_is_left_is_not_detached(tmp_path):
    detachment, engine = Detachment(), Ends()
    detachment.leave("build", {0: NODE})
    engine.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        detachment.keep(tmp_path, engine.leaving, {})
    assert detached_jobs(tmp_path) is None


def test_nodes_that_nobody_came_to_are_ended_by_their_places(tmp_path):
    written, engine = left(tmp_path, NODE, detached_run.LeftNode("build", 1, 1, 1, {"name": "nox-build-2"}, 0.0, 1.0))
    detachment = Detachment(written)
    detachment.reach("build", 0)
    detachment.end_unreached(engine.leaving)
    assert engine.ended == [{"name": "nox-build-2"}]


def test_a_record_that_nobody_can_read_is_none(tmp_path):
    assert detached_jobs(tmp_path) is None
    file = tmp_path / detached_run.FILE
    for text in ("", "[]", '{"version": 2}', '{"version": 1, "nodes": [{}]}', '{"version": 1, "nodes": 3}'):
        file.write_text(text)
        assert detached_jobs(tmp_path) is None
    forget_detached(tmp_path)
    forget_detached(tmp_path)
    assert not file.exists()
