"""The states of a Pod, as JSON of an API server's kind and size.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus
"""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import Any

Json = dict[str, Any]
_MANAGED = {
    f"f:{name}": {".": {}, "f:lastProbeTime": {}, "f:lastTransitionTime": {}, "f:status": {}, "f:type": {}}
    for name in ("conditions", "containerStatuses", "hostIP", "hostIPs", "phase", "podIP", "podIPs", "startTime")
}
"""Who has set which field: an API server keeps that of each, and sends it along."""


def accepted(manifest: Json, namespace: str) -> Json:
    """Return a Pod as an API server has it once it is asked for."""
    metadata = {
        **manifest["metadata"],
        "namespace": namespace,
        "uid": str(uuid.uuid4()),
        "creationTimestamp": now(),
        "managedFields": [
            {"manager": each, "operation": "Update", "apiVersion": "v1", "time": now(), "fieldsV1": _MANAGED}
            for each in ("client", "kubelet")
        ],
    }
    return {**manifest, "metadata": metadata, "status": {"phase": "Pending", "qosClass": "Guaranteed"}}


def unschedulable(reason: str) -> Json:
    found = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": reason}
    return {"phase": "Pending", "conditions": [{**found, "lastTransitionTime": now()}]}


def scheduled() -> Json:
    return {"phase": "Pending", "conditions": [_condition("PodScheduled")]}


def creating(pod: Json) -> Json:
    return _with_containers(pod, "Pending", {"waiting": {"reason": "ContainerCreating"}})


def running(pod: Json) -> Json:
    return _with_containers(pod, "Running", {"running": {"startedAt": now()}})


def ended(pod: Json) -> Json:
    return _with_containers(pod, "Failed", {"terminated": {"exitCode": 143, "reason": "Error", "finishedAt": now()}})


def _with_containers(pod: Json, phase: str, state: Json) -> Json:
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    statuses = [
        {
            "name": each["name"],
            "image": each["image"],
            "imageID": f"{each['image']}@sha256:{'0' * 64}",
            "containerID": f"containerd://{'0' * 64}",
            "restartCount": 0,
            "ready": phase == "Running",
            "started": phase == "Running",
            "state": state,
            "lastState": {},
        }
        for each in pod["spec"]["containers"]
    ]
    return {
        "phase": phase,
        "conditions": [_condition(each) for each in kinds],
        "containerStatuses": statuses,
        "hostIP": "10.0.0.1",
        "hostIPs": [{"ip": "10.0.0.1"}],
        "podIP": "10.1.0.1",
        "podIPs": [{"ip": "10.1.0.1"}],
        "qosClass": "Guaranteed",
        "startTime": now(),
    }


def _condition(kind: str) -> Json:
    return {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": now()}


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
