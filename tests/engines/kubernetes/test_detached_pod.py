"""What is known of a Pod that was left, and whether its run is still to be come back to."""

from __future__ import annotations

import json
import time

import pytest

from ci.dataclass import replace
from ci.engines.kubernetes import names
from ci.engines.kubernetes.detached_pod import DetachedPod, LeftProcess
from ci.engines.kubernetes.pod_owner import PodOwner
from ci.engines.kubernetes.pod_process import OutputPlace
from ci.engines.kubernetes.sweep import is_detached, is_resumed
from ci.record import detached_run
from ci.record.detached_run import DetachedRun
from ci.runtime.failures import JobError
from ci.system.temporary import Owner
from tests.tasks import task

POD = DetachedPod(
    "nox-build-1",
    "0f" * 16,
    LeftProcess("process-1", OutputPlace(7, 3, 120)),
    (LeftProcess("process-2", OutputPlace()),),
    "primary: memory limit 900Mi",
)


def test_a_pod_is_known_again_from_what_was_written():
    assert DetachedPod.read(json.loads(json.dumps(POD.plain()))) == POD


@pytest.mark.parametrize("data", [{}, {**POD.plain(), "steps": 3}, {**POD.plain(), "background": [{"name": "x"}]}])
def test_what_cannot_be_read_fails_the_job(data):
    with pytest.raises(JobError, match="what is known of its Pod cannot be read"):
        DetachedPod.read(data)


def test_a_pod_says_where_its_run_is_only_if_it_may_be_left(tmp_path):
    node = task(tmp_path, [])
    owner = PodOwner.current()
    assert names.DETACHED not in names.true_names(node, owner)
    found = names.true_names(replace(node, hands_over=True), owner)[names.DETACHED]
    assert found == str(node.settings.project / node.settings.state / "runs" / node.run)


def test_a_run_is_detached_within_its_limit_and_resumed_while_somebody_has_come_back(tmp_path):
    now = time.time()
    folder = str(tmp_path)
    assert not is_detached("", now)
    assert not is_detached(folder, now)
    run = DetachedRun(now + 60, "a cluster", {}, ())
    (tmp_path / detached_run.FILE).write_text(detached_run.written(run))
    assert is_detached(folder, now)
    assert not is_detached(folder, now + 61)
    (tmp_path / detached_run.FILE).write_text("no record")
    assert not is_detached(folder, now)
    assert not is_resumed("")
    assert not is_resumed(folder)
    Owner.current().write(tmp_path / "owner")
    assert is_resumed(folder)
