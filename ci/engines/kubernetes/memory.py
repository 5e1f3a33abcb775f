"""Processes of a Pod that were killed for want of memory while the Pod itself goes on.

With cgroup v2 a kubelet has the whole container end, unless ``singleProcessOOMKill`` is set; with v1 never.
https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
"""

from __future__ import annotations

import re

from .pod import Pod
from .pod_access import PodAccess

COUNTS = "/sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control"
"""Where a container sees how many of its processes were killed for that: by cgroup v2 and v1.

https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
"""
_KILLED = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
SECONDS = 10.0


def killed_for_memory(pod: Pod) -> str:
    """Return that processes of a Pod that runs were killed for want of memory; empty if none was."""
    if pod.state is None or pod.state.kind != "running":
        return ""
    found = PodAccess(pod).call("sh", "-c", f"cat {COUNTS} 2>/dev/null", timeout=SECONDS)
    number = killed_processes(found.stdout)
    if not number:
        return ""
    what = "1 process of the job was killed" if number == 1 else f"{number} processes of the job were killed"
    return f"{what}: {pod.memory()}"


def killed_processes(counts: str) -> int:
    """Return how many processes a control group's counts say were killed for want of memory."""
    return sum(int(each) for each in _KILLED.findall(counts))
