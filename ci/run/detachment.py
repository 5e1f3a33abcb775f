"""The jobs of a run that go on without this program: what is kept of them, and how they are come back to."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path

from ..dataclass import replace
from ..engines.protocol import Leaving
from ..record import detached_run
from ..record.detached_run import DetachedRun, EndedNode, LeftNode, LeftOutSteps
from ..record.json_writer import RecordWriter
from ..runtime.left_node import layers_of, left_results
from ..runtime.task import Outcome
from ..system.private_files import replace_text, rewrite_text
from .folder import RECORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .kept_runs import KeptRun


class Detachment:
    """What a run leaves when this program ends, and what it has come back to. May be used from any thread."""

    def __init__(self, before: DetachedRun | None = None) -> None:
        self._lock = threading.Lock()
        self._left: list[LeftNode] = []
        self._ended: list[EndedNode] = []
        self._before = {name: _of_job(before, name) for name in before.jobs} if before else {}
        self._unreached = {(each.job, each.node): each.place for each in before.nodes} if before else {}

    def come_back(self, job: str) -> Mapping[int, LeftNode | Outcome]:
        """Return the nodes of a job that was detached, once: where each stands, or how it has ended."""
        with self._lock:
            return self._before.pop(job, {})

    def reach(self, job: str, node: int) -> None:
        """Take that the engine comes back to a node, and ends it if need be."""
        with self._lock:
            self._unreached.pop((job, node), None)

    def end_unreached(self, leaving: Leaving | None) -> None:
        """End the nodes that nobody has come back to, because the run was ended."""
        if leaving and self._unreached:
            leaving.end(list(self._unreached.values()))

    def leave(self, job: str, nodes: Mapping[int, LeftNode | Outcome]) -> None:
        """Take a job of which some node goes on."""
        with self._lock:
            for number, each in nodes.items():
                if isinstance(each, LeftNode):
                    self._left.append(each)
                else:
                    self._ended.append(_ended(job, number, each))

    @property
    def is_any(self) -> bool:
        """Whether a job goes on."""
        return bool(self._left)

    def keep(self, run: Path, leaving: Leaving, left_out: Mapping[str, frozenset[int]]) -> DetachedRun:
        """Write what is known into the run's folder, and have the jobs go on; return it."""
        found = DetachedRun(
            until=time.time() + leaving.seconds,
            place=leaving.place,
            choices=leaving.choices,
            nodes=tuple(self._left),
            ended=tuple(self._ended),
            left_out=tuple(LeftOutSteps(job, tuple(sorted(steps))) for job, steps in left_out.items()),
        )
        replace_text(run / detached_run.FILE, detached_run.written(found))
        try:
            leaving.keep()
        except BaseException:  # as by Ctrl-C: then they end
            forget_detached(run)
            raise
        return found


def _of_job(run: DetachedRun, job: str) -> Mapping[int, LeftNode | Outcome]:
    ended = {each.node: _outcome(each) for each in run.ended if each.job == job}
    return {**ended, **{each.node: each for each in run.nodes if each.job == job}}


def _ended(job: str, node: int, outcome: Outcome) -> EndedNode:
    results = left_results(outcome.layers, outcome.tests, outcome.artifacts, outcome.timings)
    return EndedNode(job, node, outcome.status, outcome.fidelity, outcome.reason, results)


def _outcome(node: EndedNode) -> Outcome:
    results = node.results
    return Outcome(
        node.status,
        node.fidelity,
        node.reason,
        layers_of(results, node.job, node.node),
        results.tests,
        results.artifacts,
        tuple((each.name, each.seconds) for each in results.timings),
    )


def forget_detached(run: Path) -> None:
    """Have nobody come back to a run's jobs any more."""
    (run / detached_run.FILE).unlink(missing_ok=True)


def until_text(until: float) -> str:
    """Return when the jobs of a run end themselves at the latest, in local time."""
    return time.strftime("%H:%M on %d %b", time.localtime(until))


def end_record(run: KeptRun) -> None:
    """Have the record of a detached run say that it was ended."""
    if run.record:
        ended = replace(run.record, result="canceled", finished=time.time())
        rewrite_text(run.path / RECORD, RecordWriter().text(ended))
    forget_detached(run.path)
