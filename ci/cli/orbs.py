"""``orbs``: the orbs that a config uses, brought to this machine."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..dataclass import asdict
from ..errors import PASSED, Problem, UsageError
from ..escapes import visible_name
from ..options.parser import Parser, command_parser, print_version
from ..options.table import Options
from ..orbs.reference_files import FOLDER
from ..orbs.sources import LocalOrbs
from ..project.project import CONFIG, Project, find_project, read_config
from ..source.suggest import choices
from ..system.command_names import typed_command
from .arguments import prog
from .screen import show

if TYPE_CHECKING:
    from ..orbs.usage import Compile

TOKEN = "CIRCLECI_CLI_TOKEN"
HOST = "CIRCLECI_CLI_HOST"


def command(argv: Sequence[str], start: Path) -> int:
    """Bring orbs to this machine, once; then everything works offline."""
    return run_part("orbs", argv, start)


def run_part(called: str, argv: Sequence[str], start: Path) -> int:
    """Run the command that comes first in the arguments; ``called`` is the name that was typed, orb or orbs."""
    if argv and argv[0] == "--version":
        return print_version()
    if not argv or argv[0] in ("-h", "--help"):
        print(f"usage: {prog(called)} COMMAND [options]\n")
        print("\n".join(f"  {name:<7}{each.__doc__}" for name, each in COMMANDS.items()))
        return PASSED if argv else UsageError.exit_status
    if argv[0] not in COMMANDS:
        raise UsageError(Problem(f"there is no command '{called} {argv[0]}'", None, choices(argv[0], list(COMMANDS))))
    return COMMANDS[argv[0]](argv[1:], start)


def add(argv: Sequence[str], start: Path) -> int:
    """Pack an orb from a folder, a clone or a git URL: add NAMESPACE/NAME SOURCE."""
    parser = _parser("add", add)
    given = parser.parse(argv)
    if len(given.version) + given.all_tags > 1:
        parser.error("give one --version, or --all-tags, not both")
    from ..orbs.adding import Adding

    folder = _folder(start, given.user)
    adding = Adding(given.orb, given.source, folder, _progress)
    try:
        adding.add_all() if given.all_tags else adding.add(*given.version)
    finally:
        _progress("")
    for problem in adding.problems:
        print(problem, file=sys.stderr)
    for each in adding.added:
        show(f"{each.resolved}: packed from {each.origin}, at {_shown(each.path, start)}")
    _lock(start, [each.resolved for each in adding.added], given.update)
    return PASSED


def fetch(argv: Sequence[str], start: Path) -> int:
    """Fetch the orbs that the config and its orbs use from CircleCI's registry."""
    parser = _parser("fetch", fetch)
    given = parser.parse(argv)
    from ..orbs.fetching import FetchingOrbs, fetch_orbs
    from ..orbs.registry import HOST as CIRCLECI
    from ..orbs.registry import Registry

    project = find_project(start)
    registry = Registry(os.environ.get(HOST, CIRCLECI).rstrip("/"), os.environ.get(TOKEN, ""))
    folder = (Path.home() if given.user else project.root) / FOLDER
    orbs = FetchingOrbs(LocalOrbs(project.root), registry, folder, given.update, _progress)
    locked: list[str] = []
    try:
        locked = fetch_orbs(_compile(project), orbs, project.root)
    finally:
        _progress("")
        for each in orbs.fetched:
            show(f"{each.reference}: {each.resolved} is at {_shown(each.path, project.root)}")
    _print(locked)
    if not orbs.fetched:
        print("nothing to fetch: every orb that the config uses is here")
    return PASSED


def export(argv: Sequence[str], start: Path) -> int:
    """Write the orbs that the config uses, or all that are here, into one file: export FILE."""
    parser = _parser("export", export)
    given = parser.parse(argv)
    from ..orbs.bundle import export_orbs
    from ..orbs.listing import places
    from ..orbs.reference_files import path_of
    from ..orbs.usage import used_orbs

    project = find_project(start)
    local = LocalOrbs(project.root)
    if given.all:
        found = {place: local.read(path) for place, path in places(local).items()}
    else:
        used = used_orbs(_compile(project), local)
        _refuse_missing([name for name, source in used.items() if source is None])
        sources = {path_of(source.reference_resolved): source.text for source in used.values() if source}
        found = {place.as_posix(): text for place, text in sources.items() if place}
    if not found:
        hint = f"`{typed_command('orbs list')}` shows what is here."
        raise UsageError(Problem("there is no orb to export", None, hint))
    export_orbs(start / given.file, found)
    written = f"{len(found)} orb{'s' * (len(found) > 1)} written to {given.file}"
    print(f"{written}: `{typed_command('orbs import FILE')}` unpacks them")
    return PASSED


def import_(argv: Sequence[str], start: Path) -> int:
    """Bring the orbs of a file that export wrote: import FILE."""
    parser = _parser("import", import_)
    given = parser.parse(argv)
    from ..orbs.bundle import import_orbs

    folder = _folder(start, given.user)
    found = import_orbs(start / given.file, folder)
    for place in found:
        show(f"{place.removesuffix('.yml')}: at {_shown(folder / place, start)}")
    _lock(start, [place.removesuffix(".yml") for place in found])
    return PASSED


def list_(argv: Sequence[str], start: Path) -> int:
    """Show which orbs are here, which versions, and who uses them."""
    parser = _parser("list", list_)
    given = parser.parse(argv)
    from ..orbs.listing import rows
    from ..orbs.usage import used_orbs

    project = find_project(start)
    local = LocalOrbs(project.root)
    has_config = project.config.is_file()
    used = used_orbs(_compile(project), local) if has_config else {}
    found = rows(local, project.config_name, read_config(project) if has_config else "", used, local.locks)
    if given.json:
        print(json.dumps([{**asdict(each), "missing": not each.file} for each in found], indent=2))
        return PASSED
    width = max((len(each.orb) for each in found), default=0)
    for each in found:
        facts = [each.file or "missing", *(["locked"] if each.locked else [])]
        facts += [f"used by {', '.join(each.users)}"] if each.users else []
        show(f"{each.orb:<{width}}  {'; '.join(facts)}")
    if not found:
        print("there are no orbs here, and the config uses none")
    return PASSED


def pack(argv: Sequence[str], start: Path) -> int:
    """Print an orb's source folder as one file, as `circleci orb pack` does, offline: pack FOLDER."""
    given = _parser("pack", pack).parse(argv)
    from ..orbs.packing import pack_orb

    sys.stdout.write(pack_orb(given.folder))
    return PASSED


COMMANDS: dict[str, Callable[[Sequence[str], Path], int]] = {
    "add": add,
    "fetch": fetch,
    "export": export,
    "import": import_,
    "list": list_,
    "pack": pack,
}


def _parser(name: str, described: Callable[..., int]) -> Parser:
    return command_parser(f"orbs {name}", described.__doc__)


def _compile(project: Project) -> Compile:
    """Return what compiles the project's config with orbs that it is given."""
    from ..compiler.compile import Mode, compile_config
    from ..pipeline.compile_project import pipeline_values

    text = read_config(project)
    values = pipeline_values(project, Options())
    mode = Mode(time.monotonic, command=typed_command)
    return lambda orbs: compile_config(text, project.config_name, values, orbs, mode=mode)


def _lock(start: Path, changed: Sequence[str], update: bool = False) -> None:
    """Lock what the project's config uses, if there is one, and print what is locked now."""
    from ..orbs.locking import lock_used

    project = find_project(start)
    if project.config.is_file():
        _print(lock_used(project.root, _compile(project), changed, update=update))


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        show(line)


def _refuse_missing(missing: Sequence[str]) -> None:
    if missing:
        fetch, add = typed_command("orbs fetch"), typed_command("orbs add")
        hint = f"Get them first: `{fetch}` or `{add}`; --all exports what is here."
        raise UsageError(Problem(f"the config uses orbs that are missing: {', '.join(missing)}", None, hint))


def _folder(start: Path, user: bool) -> Path:
    """Return the folder of orbs to write to: the project's, or the user's own if there is no project."""
    root = find_project(start).root
    return (root if (root / CONFIG).is_file() and not user else Path.home()) / FOLDER


def _progress(text: str) -> None:
    """Show what is being done, on a terminal: each line replaces the last one."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{visible_name(text)}", end="", file=sys.stderr, flush=True)


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
