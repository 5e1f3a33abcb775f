"""Resource classes as limits of a container. https://circleci.com/docs/reference/configuration-reference/#docker-execution-environment"""

from __future__ import annotations

from dataclasses import dataclass

from .client import Client

GIB = 1024**3
DEFAULT = "medium"
CLASSES = {
    "small": (1, 2),
    "medium": (2, 4),
    "medium+": (3, 6),
    "large": (4, 8),
    "xlarge": (8, 16),
    "2xlarge": (16, 32),
    "2xlarge+": (20, 40),
}
"""CPUs and GiB of memory. What nothing is known of gets those of ``medium``: 2 CPUs and 4 GiB."""
OF_DOCKER = "{{.NCPU}} {{.MemTotal}} {{.CPUCfsQuota}} {{.MemoryLimit}}"
OF_PODMAN = "{{.Host.CPUs}} {{.Host.MemTotal}} {{.Host.CgroupControllers}}"


@dataclass(frozen=True)
class Machine:
    """What the engine's machine has."""

    cpus: int
    memory: int
    """Bytes."""
    limited: bool = True
    """Whether the engine can limit what a container takes of it; a rootless one cannot everywhere."""


def machine_of(client: Client) -> Machine:
    """Ask the engine; what it does not tell counts as plenty."""
    form = OF_PODMAN if client.podman else OF_DOCKER
    return read_machine(client.call("info", "--format", form).stdout)


def read_machine(told: str) -> Machine:
    """What an engine told in the forms above."""
    words = told.replace("[", " ").replace("]", " ").split()
    try:
        cpus, memory = int(words[0]), int(words[1])
    except (IndexError, ValueError):
        return Machine(1 << 10, 1 << 50)
    return Machine(cpus, memory, limited={"cpu", "memory"} <= set(words[2:]) or words[2:] == ["true", "true"])


def wanted(resource_class: str) -> tuple[int, int]:
    """CPUs and GiB of a resource class; ``arm.medium`` and the like count as their size."""
    size = resource_class.rpartition(".")[2] or DEFAULT
    return CLASSES.get(size, CLASSES[DEFAULT])


def limits(resource_class: str, machine: Machine) -> list[str]:
    """The options that limit a container, as far as the machine can give that."""
    if not machine.limited:
        return []
    cpus, memory = wanted(resource_class)
    return ["--cpus", str(min(cpus, machine.cpus)), "--memory", str(min(memory * GIB, machine.memory))]


def shortage(resource_class: str, machine: Machine) -> str:
    """What the machine lacks of a resource class, to be said; empty where it has all."""
    if not machine.limited:
        return "resource_class sets no limits: this engine has no CPU and memory controllers, as rootless ones may not"
    cpus, memory = wanted(resource_class)
    lacks = []
    if machine.cpus < cpus:
        lacks.append(f"{machine.cpus} of {cpus} CPUs")
    if machine.memory < memory * GIB * 0.95:
        lacks.append(f"{machine.memory / GIB:.1f} of {memory} GiB of memory")
    return f"the machine has only {' and '.join(lacks)} for resource class {resource_class or DEFAULT}" if lacks else ""
