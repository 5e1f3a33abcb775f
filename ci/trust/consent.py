"""The user's consent to what a project asks for: remembered, asked for, or missing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..dataclass import replace
from ..errors import Problem, UsageError
from ..escapes import visible_name
from ..options.layers import FALSE, TRUE
from ..options.permissions import LINKED, Pass, Permission
from ..options.settings import PYPROJECT
from ..options.table import Options, by_key
from ..system.command_names import typed_command
from .yes_or_no import confirmed

TYPE_CHECKING = False
if TYPE_CHECKING:  # most projects ask for nothing
    from .consent_store import Consents

VARIABLE = "NOX_CIRCLECI_TRUST"
OF_CONFIG = ("context", "auth")
PASSING = ("pass-env", "pass-folder")


def consented(root: Path, options: Options, environ: Mapping[str, str]) -> tuple[Options, tuple[str, ...]]:
    """Return the options with what the project may have, and the lines to show about it.

    Raises UsageError for what nobody has consented to.
    """
    asked = tuple(each for each in options.permissions if each.present)
    answer = _variable(environ)
    if not asked:
        return options, ()
    if answer is False:
        return options, tuple(f"not given to the project ({VARIABLE}=0): {each}" for each in asked)
    if answer or own_noxfile(root, options.noxfile):
        return granted(options, asked), _granted_lines(asked)
    from .consent_store import Consents

    consents, command = Consents.of(root, environ), typed_command("trust")
    missing = tuple(each for each in asked if each not in consents)
    if missing and options.dry_run:
        return granted(options, asked), _dry_run_lines(missing, command)
    if missing:
        _ask(consents, missing, _terminal(options), command)
    return granted(options, asked), _granted_lines(asked)


def known_consent(root: Path, options: Options, environ: Mapping[str, str]) -> tuple[Options, tuple[Permission, ...]]:
    """Return the options with what the project may have by now, and what nobody has consented to; ask nothing."""
    asked = tuple(each for each in options.permissions if each.present)
    answer = _variable(environ)
    if answer is False or not asked:
        return replace(options, permissions=()), ()
    if answer or own_noxfile(root, options.noxfile):
        return granted(options, asked), ()
    from .consent_store import Consents

    consents = Consents.of(root, environ)
    missing = tuple(each for each in asked if each not in consents)
    return granted(options, (each for each in asked if each not in missing)), missing


def own_noxfile(root: Path, noxfile: str) -> bool:
    """Return whether the run was started by the project's own noxfile, which could do all of it without us."""
    if not noxfile:
        return False
    folder, project = Path(noxfile).resolve(), root.resolve()
    return folder == project or project in folder.parents


def granted(options: Options, permissions: Iterable[Permission]) -> Options:
    """Return the options with permissions in them."""
    for each in permissions:
        options = replace(options, **_grant(options, each))
    return replace(options, permissions=())


def _grant(options: Options, each: Permission) -> dict[str, Any]:
    """Return the fields that a permission changes."""
    if each.key in PASSING:
        others = (known for known in options.passes if known.name != each.value)
        return {"passes": (*others, Pass(each.value, PYPROJECT, folder=each.key == "pass-folder"))}
    if each.key == "context":
        return {"user_contexts": (*options.user_contexts, each.value.partition(f"{LINKED}/")[0])}
    if each.key == "env-commands":
        name, _, command = each.value.partition("=")
        return {"env_commands": (*options.env_commands, (name, command))}
    if each.key == "auth":
        return {"auth_variables": (*options.auth_variables, each.value.partition(" for ")[0])}
    option = by_key(each.key)
    if option.is_repeatable:
        return {option.field: (each.value, *getattr(options, option.field))}  # what the user has set is stronger
    return {option.field: each.value == "true" if option.is_switch else each.value}


def _variable(environ: Mapping[str, str]) -> bool | None:
    value = environ.get(VARIABLE, "").lower()
    if value and value not in (*TRUE, *FALSE):
        raise UsageError(Problem(f"{VARIABLE}: {value!r} is neither 1 nor 0"))
    return value in TRUE if value else None


def _granted_lines(permissions: Iterable[Permission]) -> tuple[str, ...]:
    # variables stand in each job's first lines
    config = ", ".join(str(each) for each in permissions if each.key in OF_CONFIG)
    settings = ", ".join(str(each) for each in permissions if each.key not in (*OF_CONFIG, *PASSING))
    return (
        *((f"{PYPROJECT} sets {settings}",) if settings else ()),
        *((f"the config uses {config}",) if config else ()),
    )


def _dry_run_lines(permissions: Iterable[Permission], command: str) -> tuple[str, ...]:
    lines = (f"  {each}: {each.meaning}" for each in permissions)
    return (f"a run asks for your consent first; to give it now: `{command}`", *lines)


def _terminal(options: Options) -> bool:
    return not options.json and all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def _ask(consents: Consents, permissions: tuple[Permission, ...], terminal: bool, command: str) -> None:
    message = f"{visible_name(str(consents.project))} needs your consent for"
    lines = "".join(f"\n    {each}: {each.meaning}" for each in permissions)
    hint = f"Allow it: {command}. For one run: {VARIABLE}=1 allows it, {VARIABLE}=0 runs without."
    if not terminal:
        raise UsageError(Problem(f"{message}{lines}", None, hint))
    print(f"{message}{lines}", file=sys.stderr)
    if not confirmed("Allow it, and remember that for this project?"):
        raise UsageError(Problem("not allowed: nothing is run", None, hint))
    try:
        consents.add(permissions)
    except (OSError, UsageError) as error:
        line = f"allowed for this run only: the consent cannot be saved ({error})"
        print(visible_name(line), file=sys.stderr)
