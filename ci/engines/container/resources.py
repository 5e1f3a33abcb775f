"""Resource classes as limits of a container. https://circleci.com/docs/guides/execution-managed/resource-class-overview/"""

from __future__ import annotations

from collections.abc import Iterator

from ...dataclass import dataclass
from ...workflow.model import Job

GIB = 1024**3
OF_DOCKER = {
    "small": (1, 2.0),
    "medium": (2, 4.0),
    "medium+": (3, 6.0),
    "large": (4, 8.0),
    "xlarge": (8, 16.0),
    "2xlarge": (16, 32.0),
    "2xlarge+": (20, 40.0),
}
"""CPUs and GiB of memory."""
OF_MACHINE = {
    "medium": (2, 7.5),
    "large": (4, 15.0),
    "xlarge": (8, 32.0),
    "2xlarge": (16, 64.0),
    "2xlarge+": (32, 64.0),
}
OF_NEWER_MACHINE = {**OF_MACHINE, "medium": (2, 8.0), "large": (4, 16.0), "2xlarge+": (32, 128.0)}
OF_ARM = {"arm.medium": (2, 8.0), "arm.large": (4, 16.0), "arm.xlarge": (8, 32.0), "arm.2xlarge": (16, 64.0)}
OF_GPU = {
    "gpu.nvidia.small": (4, 16.0),
    "gpu.nvidia.small.gen2": (4, 16.0),
    "gpu.nvidia.small.multi": (4, 15.0),
    "gpu.nvidia.medium": (8, 30.0),
    "gpu.nvidia.medium.multi": (8, 30.0),
    "gpu.nvidia.large": (8, 30.0),
}
DEFAULT = OF_DOCKER["medium"]
"""What a job gets that names no class, or one of which nothing is known."""
GENERATIONS = (".gen2", ".gen3")
ARM = ("aarch64", "arm64")


@dataclass(frozen=True)
class Machine:
    """What the engine's machine has."""

    cpus: int
    memory: int
    """Bytes."""
    arm: bool = False
    limited: bool = True
    """Whether the engine can limit what a container takes of it; a rootless one cannot everywhere."""


def read_machine(answer: str) -> Machine:
    """Return what an engine's answer, see ``client.INFO``, says of its machine; what it leaves out counts as plenty."""
    words = answer.replace("[", " ").replace("]", " ").split()
    try:
        cpus, memory, architecture = int(words[0]), int(words[1]), words[2]
    except (IndexError, ValueError):
        return Machine(1 << 10, 1 << 50)
    able = {"cpu", "memory"} <= set(words[3:]) or words[3:] == ["true", "true"]
    return Machine(cpus, memory, architecture in ARM, able)


def known(job: Job) -> tuple[int, float] | None:
    """Return the CPUs and GiB of a job's class; None if nothing is known of that class.

    https://circleci.com/docs/reference/configuration-reference/#resourceclass
    """
    name = job.resource_class
    if not name:
        return DEFAULT
    if name in OF_ARM or name in OF_GPU:
        return OF_ARM.get(name) or OF_GPU[name]
    size = next((name.removesuffix(end) for end in GENERATIONS if name.endswith(end)), name)
    if job.executor == "machine":
        return (OF_MACHINE if size == name else OF_NEWER_MACHINE).get(size)
    return OF_DOCKER.get(size)


def limits(job: Job, machine: Machine) -> list[str]:
    """Return the options that limit a container, as far as the machine can give that."""
    if not machine.limited:
        return []
    cpus, memory = known(job) or DEFAULT
    return ["--cpus", str(min(cpus, machine.cpus)), "--memory", str(min(int(memory * GIB), machine.memory))]


def differences(job: Job, machine: Machine, platform: str = "") -> Iterator[str]:
    """Yield a line for each thing that a job does not get here of its class."""
    name = job.resource_class
    if known(job) is None:
        cpus, memory = DEFAULT
        yield f"nothing is known of resource class {name}: the job has {cpus} CPUs and {memory:g} GiB of memory"
    else:
        yield from _architecture(name, "arm64" in platform if platform else machine.arm)
    if ".nvidia." in name:
        yield f"resource class {name} has a GPU, and containers have none"
    if not machine.limited:
        yield "resource_class sets no limits: this engine has no CPU and memory controllers, as rootless ones may not"
    elif lacks := list(_lacks(known(job) or DEFAULT, machine)):
        yield f"the machine has only {' and '.join(lacks)} for resource class {name or 'medium'}"


def _architecture(name: str, arm: bool) -> Iterator[str]:
    if name.startswith("arm.") != arm:
        here, there, option = ("Arm", "x86", "amd64") if arm else ("x86", "Arm", "arm64")
        name = name or "medium"
        yield f"resource class {name} is {there}, and containers here are {here} (--platform linux/{option})"


def _lacks(wanted: tuple[int, float], machine: Machine) -> Iterator[str]:
    cpus, memory = wanted
    if machine.cpus < cpus:
        yield f"{machine.cpus} of {cpus} CPUs"
    if machine.memory < memory * GIB * 0.95:
        yield f"{machine.memory / GIB:.1f} of {memory:g} GiB of memory"
