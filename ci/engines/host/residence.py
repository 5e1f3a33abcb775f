"""Where one job lives on this machine while it runs: its folders, its supervisor, its namespaces."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...dataclass import dataclass
from ...errors import EngineError, Problem
from ...runtime.job_environment import CERTIFICATES, passed
from ...runtime.task import Task
from ...workflow.model import Job, Pairs, Run
from ...workflow.step_words import uses_sudo
from . import isolation, view
from .belongings import Belongings, Caches, user_home
from .environment import HOME_BIN, search_path
from .folder_places import FolderPlaces, constant_folder, kept_folder
from .guards import OwnGuard, StartGuard
from .places import Places, ViewPlaces
from .supervision import Namespaces, Supervision

_PIP = r"(?<![\w./-])(?:pip[\d.]*|python[\d.]* -m pip)(?![\w./-])"
_MUCH = re.compile(r"install|upgrade|update|/(?:usr|opt|var|home|root)\b|\.sh\b|\bmake\b|scripts?/|\./")
_NO_ROOT = "sudo cannot become root: the job has the namespaces of an ordinary user"


@dataclass(frozen=True, slots=True)
class Residence:
    """A job's places and its supervisor. ``features`` are keys of fidelity.py's table, each with its reason."""

    root: Path
    """The job's own folder on this machine."""
    places: Places
    supervision: Supervision
    variables: Pairs
    where: str
    """What follows the working directory in the job's first line: its folder on this machine."""
    notes: tuple[str, ...] = ()
    features: Pairs = ()
    needs_virtualenv: bool = False


@contextlib.contextmanager
def residence(
    task: Task, needed: Sequence[str] = (), start_guard: StartGuard = OwnGuard, user: Belongings | None = None
) -> Iterator[Residence]:
    """Where a job lives while the block lasts; at its end nothing of the job is left, nor its folders.

    ``needed``: folders of this machine that the job must see.
    """
    user = user or Belongings(os.environ, task.settings.project)
    isolated = isolation.of_job(task.job, task.settings) == "namespace"
    with _with_view(task, needed, start_guard, user) if isolated else _with_folder(task, start_guard, user) as home:
        yield home


@contextlib.contextmanager
def kept_residence(
    task: Task, kept: Path, needed: Sequence[str] = (), user: Belongings | None = None
) -> Iterator[Residence]:
    """Where a job lives again that is over, in the folders that were kept of it; they stay as the block leaves them.

    What it had written to this machine's folders is in none of them. Raise EngineError if they are no more.
    """
    user = user or Belongings(os.environ, task.settings.project)
    if isolation.of_job(task.job, task.settings) == "namespace":
        if not (kept / "home").is_dir():
            raise EngineError(Problem(f"the folder of {task.label} is no more: {kept}"))
        with _with_view(task, needed, OwnGuard, user, kept) as home:
            yield home
        return
    with contextlib.ExitStack() as stack:
        root = stack.enter_context(kept_folder(task, kept))
        places = FolderPlaces(os.fspath(root), [os.path.expanduser(each) for each in task.settings.share])
        stack.callback(places.release)
        supervision = Supervision([task.folders.scratch], _namespaces_in_folder())
        stack.callback(supervision.end)
        if _namespaces_in_folder() != "none":
            supervision.enter(os.fspath(root))
        yield Residence(root, places, supervision, user.caches.variables, "")


@contextlib.contextmanager
def _with_view(
    task: Task, needed: Sequence[str], start_guard: StartGuard, user: Belongings, kept: Path | None = None
) -> Iterator[Residence]:
    """Have the job's view of this machine; ``kept`` has the folders that it had before."""
    scratch = os.fspath(task.folders.scratch)
    supervision = Supervision([] if task.settings.keep else [Path(scratch)], "view", start_guard)
    try:
        own = view.own_folders(os.fspath(kept or scratch), view.own_places(task.job))
        caches = user.caches_in_view
        if kept is None:
            _make_folders(scratch, own, caches, user.environ)
        operations = _operations(task, own, user, needed)
        supervision.enter(scratch, operations)
        is_own = view.below_any(mine for mine, _ in own)
        over = {place for _, _, place in operations if is_own(place)}
        yield Residence(
            Path(scratch),
            ViewPlaces(own, tuple(over - dict(own).keys()), supervision.namespaces),
            supervision,
            (*caches.variables, ("PIP_BREAK_SYSTEM_PACKAGES", "1")),
            f": {dict(own)[view.HOME]} is its {view.HOME}",
            features=(("sudo", _NO_ROOT),) if os.getuid() and uses_sudo(task.job) else (),
        )
    finally:
        supervision.end()


def uses_pip(job: Job) -> bool:
    """Whether a step's text calls pip."""
    return any(isinstance(step, Run) and re.search(_PIP, step.command) for step in job.steps)


def may_write_much(job: Job) -> bool:
    """Whether a step's text installs something, calls a script, or names a folder of programs or of users."""
    return any(isinstance(step, Run) and _MUCH.search(step.command) for step in job.steps)


def _make_folders(scratch: str, own: Sequence[tuple[str, str]], caches: Caches, environ: Mapping[str, str]) -> None:
    for _, folder in own:
        os.makedirs(folder)
    for name in ("tmp", "var-tmp"):
        os.chmod(f"{scratch}/{name}", 0o1777)
    for name in HOME_BIN:
        os.makedirs(f"{scratch}/home/{name}")
    os.mkdir(f"{scratch}/own/task")
    absent = [folder for folder in caches.folders if not os.path.isdir(folder)]
    for folder in absent if absent and user_home(environ).is_dir() else ():
        with contextlib.suppress(OSError):  # a tool that makes it for itself will say why not
            os.makedirs(folder, exist_ok=True)


def _operations(
    task: Task, own: Sequence[tuple[str, str]], user: Belongings, needed: Sequence[str]
) -> tuple[view.Operation, ...]:
    """All that makes up the view of a job."""
    hidden = [place for place, _ in own]
    caches = user.caches_in_view
    folders = [*caches.folders, *map(os.path.expanduser, task.settings.share)]
    in_home = [(folder, f"{view.HOME}/{place}") for folder, place in caches.in_home]
    is_hidden = view.below_any(hidden)
    programs = (os.path.normpath(each) for each in search_path(user.environ, []).split(os.pathsep))
    wanted = [*_named_by_variables(task, user), *filter(is_hidden, programs), *needed]
    kept = tuple(view.kept(wanted, hidden))
    shared = tuple(view.shared([*((folder, folder) for folder in folders), *in_home]))
    shown = [place for _, _, place in (*kept, *shared)]
    given = {each for _, value in task.plain for each in value.split(os.pathsep)}
    credentials = [each for each in user.credentials() if each not in given]
    covered = view.covered(credentials, hidden, shown, os.fspath(task.folders.scratch))
    machine = view.this_machine()
    machine = machine if may_write_much(task.job) else tuple(view.in_memory(machine))
    return (*machine, *view.private(own), *kept, *shared, *covered)


def _named_by_variables(task: Task, user: Belongings) -> Iterator[str]:
    """Return the files, sockets and folders that variables name which the job gets from the user."""
    names = (*CERTIFICATES, *(["SSH_AUTH_SOCK"] if task.settings.ssh_agent else []))
    values = dict(user.version_managers) | dict(passed(user.environ, names))
    for value in (*values.values(), *(value for _, value in task.plain)):
        yield value.removeprefix("unix://")


@contextlib.contextmanager
def _with_folder(task: Task, start_guard: StartGuard, user: Belongings) -> Iterator[Residence]:
    with contextlib.ExitStack() as stack:
        constant = stack.enter_context(constant_folder(task))
        root = constant or task.folders.scratch
        for name in ("home", "tmp", "task", *(f"home/{name}" for name in HOME_BIN)):
            os.makedirs(f"{root}/{name}", exist_ok=True)
        places = FolderPlaces(os.fspath(root), [os.path.expanduser(each) for each in task.settings.share])
        stack.callback(places.release)
        folders = [] if task.settings.keep else [task.folders.scratch, *([constant] if constant else [])]
        supervision = Supervision(folders, _namespaces_in_folder(), start_guard)
        stack.callback(supervision.end)
        if _namespaces_in_folder() != "none":
            supervision.enter(os.fspath(root))
        yield Residence(
            root,
            places,
            supervision,
            user.caches.variables,
            "",
            () if constant else ("another run uses this job's folder, so it gets a new one",),
            tuple(("absolute", path) for path in view.absolute_places(task.job)),
            needs_virtualenv=uses_pip(task.job),
        )


def _namespaces_in_folder() -> Namespaces:
    """Only root gets processes of its own: for others that takes a user namespace, in which there is no sudo."""
    return "pids" if os.getuid() == 0 and isolation.unavailable_reason() is None else "none"
