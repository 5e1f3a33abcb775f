"""What a Pod's JSON and its events mean for the user's job, in words for the user.

The reasons are those of https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ and
https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from ...dataclass import dataclass
from . import names
from .manifest import PRIMARY
from .waiting_reasons import NOTHING, Wait, what_it_waits_for

Kind = Literal["waiting", "running", "ended", "lost"]
Json = Mapping[str, Any]

SILENT = 75
"""The exit status of an agent that has not heard from this machine for too long."""
_KILLED = 128 + 9
GONE = "its Pod is no longer there: somebody or something has deleted it"
_REJECTED = ("OutOf", "NodeAffinity", "NodeShutdown", "UnexpectedAdmissionError", "AppArmor", "TopologyAffinityError")
"""What the reason of a Pod begins with that its node has not admitted."""
_UNKNOWN = ("ContainerStatusUnknown", "Unknown")
"""Reasons that the kubelet and the container runtime give an end that they have not seen."""
_NOT_STARTED = ("StartError", "ContainerCannotRun")
_DISRUPTED = {
    "PreemptionByScheduler": "preempted: a Pod of a higher priority has got its place",
    "DeletionByTaintManager": "its node is lost, or has a taint that drives Pods away",
    "EvictionByEvictionAPI": "evicted, as when a node is drained",
    "DeletionByPodGC": "its node is no longer in the cluster",
    "TerminationByKubelet": "ended by its node",
}
_EVENTS = {
    "TaintManagerEviction": _DISRUPTED["DeletionByTaintManager"],
    "Preempted": _DISRUPTED["PreemptionByScheduler"],
    "Preempting": _DISRUPTED["PreemptionByScheduler"],
    "Evicted": "evicted",
    "Shutdown": "its node was shut down",
}
"""What an event says of a Pod that is no longer there."""


@dataclass(frozen=True, slots=True)
class EndedService:
    """A service container that has ended by itself."""

    number: int
    """Of the job's images; the primary is 0."""
    status: int
    last_lines: str = ""


@dataclass(frozen=True, slots=True)
class PodState:
    """How a Pod is: it waits for its first container, its primary container runs or has ended, or the Pod is lost.

    A lost Pod was taken from the job by the cluster or a person; the same job may pass in another.
    """

    kind: Kind
    text: str = ""
    """For the user; empty if there is nothing to say."""
    hopeless: bool = False
    """Whether a Pod that waits will never start."""
    status: int | None = None
    """The exit status of the primary container, once that has ended."""
    started: bool = False
    """Whether the primary container has run, so that steps may have."""
    wait: Wait = NOTHING
    """Why a Pod that waits does."""
    ended_services: tuple[EndedService, ...] = ()


def state_of(pod: Json | None, events: Sequence[Json] = (), before: PodState | None = None) -> PodState:
    """Return the state of a Pod; None is one that is not there (any more).

    ``before`` is its last known state: it says how a Pod has ended that is not there any more, and it counts failed
    attempts if events may not be read.
    """
    started = before is not None and before.started
    if pod is None and before is not None and before.kind in ("ended", "lost"):
        return before
    if pod is None:
        return PodState("lost", _text_of_events(events) or GONE, started=started)
    started = started or _has_run(_container(pod, PRIMARY))
    events = [each for each in events if _is_of(each, pod)]
    services = tuple(_ended_services(pod))
    if lost := _loss(pod):
        return PodState("lost", lost, started=started, ended_services=services)
    ended = _container(pod, PRIMARY).get("state", {}).get("terminated")
    if "deletionTimestamp" in pod["metadata"] and not _ended_by_itself(ended):
        return PodState("lost", "somebody or something deletes its Pod", started=started, ended_services=services)
    if ended is not None or _phase(pod) in ("Failed", "Succeeded"):
        return _end(pod, ended or {}, started, services)
    if "running" in _container(pod, PRIMARY).get("state", {}) and not _has_to_start(pod):
        return PodState("running", _trouble_while_running(pod), started=True, ended_services=services)
    wait = what_it_waits_for(pod, events, before.wait if before else NOTHING)
    return PodState("waiting", wait.text, wait.hopeless, started=started, wait=wait)


def events_say_more(pod: Json | None) -> bool:
    """Return whether the state of a Pod may depend on its events: it is gone, or its node prepares its containers."""
    return pod is None or (_phase(pod) == "Pending" and bool(_statuses(pod)))


def _loss(pod: Json) -> str:
    """Return how the cluster has taken a Pod from its job; empty if it has not."""
    status = pod.get("status", {})
    reason, message = status.get("reason", ""), status.get("message", "")
    if reason.startswith(_REJECTED):
        return f"its node has refused it: {message or reason}"
    if reason == "Evicted":
        return _with("evicted", message)
    if reason == "Preempting":
        return _with(_DISRUPTED["PreemptionByScheduler"], message)
    if reason == "Terminated":
        return "its node was shut down"
    if reason == "NodeLost":
        return _with("its node is lost", message)
    condition = _condition(pod, "DisruptionTarget")
    if condition.get("status") == "True" and reason != "DeadlineExceeded":
        why = condition.get("reason", "")
        return _with(_DISRUPTED.get(why, "taken away"), condition.get("message", ""))
    return ""


def _ended_by_itself(ended: Json | None) -> bool:
    """Return whether a container of a Pod that is deleted has ended for a reason of its own."""
    return ended is not None and (ended.get("reason") == "OOMKilled" or ended.get("exitCode") == SILENT)


def _end(pod: Json, ended: Json, started: bool, services: tuple[EndedService, ...]) -> PodState:
    """Return the state of a Pod whose primary container has ended."""
    status = ended.get("exitCode")
    if ended.get("reason") in _UNKNOWN:
        text = "how its container has ended is not known, as when a node restarts"
        return PodState("lost", text, status=status, started=started, ended_services=services)
    text = _end_text(pod, ended)
    return PodState("ended", text, status=status, started=started, ended_services=services)


def _end_text(pod: Json, ended: Json) -> str:
    reason, message = ended.get("reason", ""), str(ended.get("message", "")).strip()
    if pod.get("status", {}).get("reason") == "DeadlineExceeded":
        return f"it ran longer than its Pod may: {pod['spec'].get('activeDeadlineSeconds', 0)} s"
    if reason == "OOMKilled":
        return out_of_memory(pod)
    if ended.get("exitCode") == SILENT:
        may_be_left = names.DETACHED in (pod["metadata"].get("annotations") or {})
        setting = "kubernetes.detach-timeout or silence-limit" if may_be_left else "kubernetes.silence-limit"
        return f"it has ended itself: it did not hear from this machine for too long ({setting})"
    if "exec format error" in message:
        return f"the image is for another architecture than its node: {message}. --platform chooses the node"
    if reason in _NOT_STARTED and "executable file not found" in message:
        return f"the image has no shell (sh), which steps need: {message}"
    if ended.get("exitCode") == _KILLED:
        return _with("its first process was killed, maybe because its node was out of memory", message)
    return _with(f"its first process has ended with exit status {ended.get('exitCode', 'unknown')}", message)


def out_of_memory(pod: Json) -> str:
    """Return that a container was out of memory, with what its resource class has."""
    name = pod["metadata"].get("annotations", {}).get(names.RESOURCE_CLASS, "")
    spec: Json = next((each for each in pod["spec"]["containers"] if each["name"] == PRIMARY), {})
    limit = spec.get("resources", {}).get("limits", {}).get("memory", "")
    if not limit:
        return "out of memory: its node had none left, and the job has no limit of its own"
    size = f"resource class {name} gives it {limit}" if name else f"it has {limit}"
    return f"out of memory: {size}. Choose a larger class, or have fewer processes at once"


def _trouble_while_running(pod: Json) -> str:
    """Return what is wrong with a Pod that runs, so far as is known.

    A node that does not answer makes its Pods unready without a reason: a container that is not ready is one.
    """
    ready = _condition(pod, "Ready")
    if ready.get("status") == "False" and not ready.get("reason"):
        node = pod["spec"].get("nodeName", "")
        return f"its node {node} does not answer the cluster, which takes the Pod away if that lasts"
    return ""


def _ended_services(pod: Json) -> Iterator[EndedService]:
    order = [each["name"] for each in pod["spec"]["containers"]]
    for each in _statuses(pod):
        ended = each.get("state", {}).get("terminated")
        if ended is not None and each["name"] != PRIMARY and each["name"] in order:
            last_lines = str(ended.get("message", "")).strip()
            yield EndedService(order.index(each["name"]), ended.get("exitCode", 0), last_lines)


def _is_of(event: Json, pod: Json) -> bool:
    """Return whether an event is of that very Pod, not of an earlier one of its name."""
    own = (pod["metadata"].get("uid"), None)
    return event.get("involvedObject", {}).get("uid") in own


def _text_of_events(events: Sequence[Json]) -> str:
    for each in reversed(events):
        if text := _EVENTS.get(each.get("reason", "")):
            return _with(text, each.get("message", ""))
    return ""


def _with(text: str, message: str) -> str:
    message = " ".join(message.split())
    return f"{text}: {message}" if message else text


def _phase(pod: Json) -> str:
    return str(pod.get("status", {}).get("phase", "Pending"))


def _statuses(pod: Json) -> Sequence[Json]:
    found: Sequence[Json] = pod.get("status", {}).get("containerStatuses") or ()
    return found


def _container(pod: Json, name: str) -> Json:
    return next((each for each in _statuses(pod) if each["name"] == name), {})


def _has_to_start(pod: Json) -> bool:
    """Return whether some container has not started: a job without one of its services must not begin."""
    return any("waiting" in each.get("state", {}) for each in _statuses(pod))


def _has_run(container: Json) -> bool:
    state = container.get("state", {})
    ended = state.get("terminated")
    return "running" in state or (ended is not None and ended.get("reason") not in _NOT_STARTED)


def _condition(pod: Json, kind: str) -> Json:
    found: Sequence[Json] = pod.get("status", {}).get("conditions") or ()
    return next((each for each in found if each["type"] == kind), {})
