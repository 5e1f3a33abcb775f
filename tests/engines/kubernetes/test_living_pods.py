"""Pods that nobody waits for any longer once their run is ended."""

from __future__ import annotations

import threading
import time

from ci.engines.kubernetes import living_pods
from ci.engines.kubernetes.living_pods import LivingPods
from tests.patience import eventually


class Pod:
    """Stands for a Pod."""

    gone = False

    def let_go(self):
        self.gone = True


def test_only_those_whose_jobs_have_not_ended_in_time_are_let_go(monkeypatch):
    monkeypatch.setattr(living_pods, "LONGEST", 0.1)
    cancel, pods, slow, quick = threading.Event(), LivingPods(), Pod(), Pod()
    with pods.with_one_more(slow, cancel):
        with pods.with_one_more(quick, cancel):
            time.sleep(0.3)
            assert not slow.gone
        cancel.set()
        assert eventually(lambda: slow.gone)
    assert not quick.gone
    pods.close()
    assert eventually(lambda: not any(each.name == "end of Pods" for each in threading.enumerate()))
