"""What a job with namespaces sees of this machine: the operations that mounts.py performs, in order.

Each folder of this machine is there at its own path, under a layer that takes what the job writes and goes with it.
The job's home, its temporary files and the absolute places that its config names are folders of the job's own, at
the paths that they have in CircleCI's images. Caches and what the user shares are this machine's own.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from ...dataclass import dataclass
from ...workflow.model import (
    AttachWorkspace,
    Checkout,
    Job,
    PersistToWorkspace,
    Run,
    SaveCache,
    Step,
    StoreArtifacts,
    StoreTestResults,
)

Operation = tuple[str, str, str]
"""What to do (see ``mounts.View.perform``), a path of this machine, a path of the job's view."""
HOME = "/home/circleci"
"""The home in CircleCI's convenience images. https://circleci.com/docs/guides/execution-managed/circleci-images/"""
TEMPORARY = "/tmp"
TEMPORARY_TOO = "/var/tmp"
OWN = "/.nox-circleci"
"""The runner's own files of a job."""
SYSTEM = ("/bin", "/boot", "/dev", "/etc", "/lib", "/nix", "/opt", "/proc", "/run", "/sbin", "/snap", "/sys", "/usr")
SYSTEM_TOO = (*SYSTEM, "/lib32", "/lib64", "/libx32", "/var")
"""Where the programs of this machine are: a place below is not emptied for a job, it gets a layer as all others."""
WHOLE = ("/", "/home", "/root", "/tmp")
PSEUDO = """
  autofs bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs mqueue nsfs proc pstore
  ramfs rpc_pipefs securityfs selinuxfs sysfs tracefs
"""
"""File systems that have no files of their own to protect."""
ENGINES = ("/var/lib/docker/", "/var/lib/containers/", "/var/lib/containerd/", "/var/lib/kubelet/", "/run/")
"""Where container engines mount what does not concern a job."""
RUN = ("/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/run/current-system", "/run/wrappers")
"""What programs of this machine need of /run: the resolver's configuration; NixOS's programs."""
KERNEL = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs")
"""Settings of the kernel, which root could change for this machine: as in containers, they can be read alone."""
SMALL = 1 << 20
"""Files up to this size are copied if nothing can be put over the folder that they are in."""
LARGE = ("/usr", "/opt", "/var", "/home", "/root")
"""Folders to which steps may write much: a layer on the disk holds that, but takes longer to make."""


@dataclass(frozen=True, slots=True)
class Mounted:
    """A mount of this machine."""

    kind: str
    writable: bool


def mount_table(text: str) -> dict[str, Mounted]:
    """Return the mounts by their place, from /proc/self/mountinfo. See proc_pid_mountinfo(5)."""
    found: dict[str, Mounted] = {}
    for line in text.splitlines():
        fields, _, rest = line.partition(" - ")
        parts = fields.split(" ")
        if len(parts) > 5 and rest:
            place = re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), parts[4])
            found[place] = Mounted(rest.split(" ")[0], "ro" not in parts[5].split(","))
    return found


@cache
def this_machine() -> tuple[Operation, ...]:
    """Show this machine to a job of this user: looked up once."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        table = mount_table(file.read())
    return tuple(machine(table, os.getuid() != 0))


def machine(table: Mapping[str, Mounted], user: bool) -> Iterator[Operation]:
    """Show this machine; ``user``: in a user namespace, where nothing that is mounted can be uncovered."""
    yield from (("read-only", "/sys", "/sys"), *_devices(table, user), ("proc", "", "/proc"))
    yield from (() if user else (("seal", "", each) for each in KERNEL if os.path.exists(each)))
    yield from (("folder", "", "/run"), ("folder", "", "/run/lock"))
    yield from (("overlay", each, each) for each in RUN if os.path.isdir(each))
    done = {"sys", "dev", "proc", "run", TEMPORARY[1:], "lost+found"}
    for entry in sorted((each for each in os.scandir("/") if each.name not in done), key=lambda each: each.name):
        if entry.is_symlink():
            yield "link", os.readlink(entry.path), entry.path
        elif entry.is_dir():
            yield from _folder(entry.path, table, user)
        elif _is_small(entry.path):
            yield "copy", entry.path, entry.path


def _devices(table: Mapping[str, Mounted], user: bool) -> Iterator[Operation]:
    """Show the devices; root, who could remove their files, gets them under a layer, which no user may open them in."""
    yield "bind" if user else "overlay", "/dev", "/dev"
    for each in dict.fromkeys(("/dev/shm", *table)):
        if os.path.dirname(each) == "/dev" and os.path.isdir(each):
            yield ("bind", each, each) if each == "/dev/pts" else ("tmpfs", "", each)


def _folder(path: str, table: Mapping[str, Mounted], user: bool) -> Iterator[Operation]:
    here = table.get(path)
    within = [each for each in table if each.startswith(f"{path}/")]
    inner = [each for each in within if not each.startswith(ENGINES)]
    if here and _is_harmless(here):
        yield "bind", path, path
        yield from _mounted(inner, table, user)
    elif within and user:
        yield from _entries(path, table)
    elif not within and _is_empty(path):
        yield "folder", "", path
    else:
        yield _layer(path), path, path
        yield from _mounted(inner, table, user)


def _mounted(inner: Sequence[str], table: Mapping[str, Mounted], user: bool) -> Iterator[Operation]:
    """Show what is mounted below a folder that is shown already."""
    for each in inner:
        if any(each.startswith(f"{other}/") for other in inner):
            continue
        if os.path.isdir(each):
            yield from _folder(each, table, user)
        elif os.path.lexists(each):  # else another mount hides it
            yield _of_file(each), each, each


def _is_harmless(mounted: Mounted) -> bool:
    """Whether what a job does there changes no file of this machine."""
    return mounted.kind in PSEUDO.split() or not mounted.writable


def in_memory(operations: Iterable[Operation]) -> Iterator[Operation]:
    """Return the same operations with all layers in memory."""
    return (("overlay" if kind == "disk-overlay" else kind, source, place) for kind, source, place in operations)


def _layer(path: str) -> str:
    """Return the operation that gives a folder a layer of the kind that it needs."""
    return "disk-overlay" if path in LARGE else "overlay"


def _entries(path: str, table: Mapping[str, Mounted]) -> Iterator[Operation]:
    """Show a folder entry by entry: the kernel lets no user put a layer over a folder with mounts below it."""
    yield "folder", "", path
    if f"{path}/" in ENGINES:
        return
    try:
        entries = list(os.scandir(path))
    except PermissionError:
        return
    for entry in entries:
        if entry.is_symlink():
            yield "link", os.readlink(entry.path), entry.path
        elif entry.is_dir():
            yield from _folder(entry.path, table, True)
        else:
            yield _of_file(entry.path), entry.path, entry.path


def _of_file(path: str) -> str:
    """Return the operation that shows a file over which nothing can be put."""
    return "copy" if _is_small(path) else "read-only"


def _is_small(path: str) -> bool:
    """Whether a file can be copied for each job."""
    return os.path.isfile(path) and os.path.getsize(path) <= SMALL and os.access(path, os.R_OK)


def _is_empty(path: str) -> bool:
    try:
        with os.scandir(path) as entries:
            return next(entries, None) is None
    except OSError:
        return False


def absolute_places(job: Job) -> tuple[str, ...]:
    """Return the absolute paths that a job's working directory and its steps name, the home's left out."""
    named = [job.working_directory, *(path for step in job.steps for path in _paths(step))]
    absolute = (os.path.normpath(each) for each in named if each.startswith("/"))
    cleaned = (each[1:] if each.startswith("//") else each for each in absolute)
    return tuple(dict.fromkeys(each for each in cleaned if not below(each, HOME)))


def _paths(step: Step) -> tuple[str, ...]:
    if isinstance(step, SaveCache):
        return step.paths
    if isinstance(step, PersistToWorkspace):
        return (step.root,)
    if isinstance(step, AttachWorkspace):
        return (step.at,)
    if isinstance(step, (Checkout, StoreArtifacts, StoreTestResults)):
        return (step.path,)
    return (step.working_directory,) if isinstance(step, Run) else ()


def own_places(job: Job) -> tuple[str, ...]:
    """Return the absolute places that are the job's own and empty at its start: none below another.

    The working directory and the place of the checkout always are; others only if no programs of this machine are
    there.
    """
    empty = {os.path.normpath(each.path) for each in job.steps if isinstance(each, Checkout) and each.path}
    empty.add(os.path.normpath(job.working_directory))
    named = absolute_places(job)
    own = [each for each in named if each not in (*WHOLE, *SYSTEM_TOO) and not _is_temporary(each)]
    own = [each for each in own if each in empty or not any(below(each, system) for system in SYSTEM_TOO)]
    return tuple(each for each in own if not any(below(each, other) for other in own if other != each))


def _is_temporary(path: str) -> bool:
    return below(path, TEMPORARY) or below(path, TEMPORARY_TOO)


def below(path: str, folder: str) -> bool:
    """Whether a path is that folder or lies in it."""
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def below_any(folders: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells of many paths whether each is one of those folders or lies in one."""
    whole = frozenset(folders)
    starts = tuple(f"{each.rstrip('/')}/" for each in whole)
    return lambda path: path in whole or path.startswith(starts)


def own_folders(scratch: str, places: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return each place of the view that is a folder of the job's own, with its folder below the scratch folder."""
    numbered = ((place, f"{scratch}/places/{number}") for number, place in enumerate(places))
    temporary = ((TEMPORARY, f"{scratch}/tmp"), (TEMPORARY_TOO, f"{scratch}/var-tmp"))
    return (*temporary, (HOME, f"{scratch}/home"), (OWN, f"{scratch}/own"), *numbered)


def private(own: Iterable[tuple[str, str]]) -> Iterator[Operation]:
    """Put the job's own folders into its view."""
    return (("bind", folder, place) for place, folder in own)


def kept(paths: Iterable[str], hidden: Sequence[str]) -> Iterator[Operation]:
    """Show what the job needs of this machine although a folder of the job's own hides it; sockets always.

    Folders get a layer. ``hidden``: the places of the job's own folders.
    """
    is_hidden = below_any(hidden)
    for path in dict.fromkeys(os.path.normpath(each) for each in paths if each.startswith("/")):
        try:
            mode = os.stat(path).st_mode
        except OSError:
            continue
        concealed = is_hidden(path)
        if stat.S_ISSOCK(mode) or (concealed and not stat.S_ISDIR(mode)):
            yield "bind", path, path
        elif concealed and path not in hidden:
            yield "overlay", path, path


def shared(folders: Iterable[tuple[str, str]]) -> Iterator[Operation]:
    """Show folders of this machine as they are: each with its place in the view."""
    return (("bind", folder, place) for folder, place in folders if os.path.exists(folder))


def covered(paths: Iterable[str], hidden: Sequence[str], shown: Sequence[str], scratch: str) -> Iterator[Operation]:
    """Put something empty in the place of files and folders that the job must not see.

    ``shown``: what is there although a place of ``hidden`` would hide it.
    """
    empty = f"{scratch}/memory/empty"
    is_hidden, is_shown = below_any(hidden), below_any(shown)
    for path in filter(os.path.exists, paths):  # few do
        if not is_hidden(path) or is_shown(path):
            yield "bind", empty if os.path.isdir(path) else f"{empty}-file", os.path.realpath(path)
