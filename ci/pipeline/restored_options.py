"""The options of a run again, from its record, with what is typed now on top."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from typing import Any

from ..dataclass import replace
from ..errors import Problem, UsageError
from ..escapes import visible_name
from ..options.declaration import Option
from ..options.groups import OUTPUT, STEPS
from ..options.permissions import Pass
from ..options.table import Options, table
from ..record.run_record import RunRecord
from ..system.command_names import typed_command

AS_NOW = (OUTPUT, STEPS)
"""Groups of options that say how a run is shown and where it stops: those of the run that begins count."""
OWN = (
    *("env", "passes", "params", "pipeline_parameters", "dry_run", "watch", "noxfile", "reuse", "reuse_parents"),
    "detach",
)
"""Fields that are not restored, or in another way. The noxfile counts as consent: it is that of the run that begins.

What a rerun is asked to run is taken from no other run.
"""
SEALED = ("env_files", "config", "approve", "yes")
"""Fields that need the seal beside those that need consent: they name files, or stand for a person's yes."""


def restored_options(record: RunRecord, is_own: bool, now: Options, typed: argparse.Namespace) -> Options:
    """Return the options of the recorded run; what is typed now is added to lists, and replaces single values.

    ``now`` has what the settings and variables of today say of everything else; ``is_own`` says whether the record has
    the user's seal. Raise UsageError for a recorded value that the option does not take, for one that needs the seal,
    and for a secret that nobody is there to type.
    """
    values: dict[str, Any] = {}
    for option in table("run"):
        if option.field in OWN or option.group in AS_NOW or option.field not in record.options:
            continue
        old, new = _checked(option, record.options[option.field]), getattr(typed, option.field)
        if option.is_repeatable:
            values[option.field] = tuple(dict.fromkeys((*old, *(new or ()))))
        elif new is None:
            values[option.field] = old
        if not is_own and _needs_seal(option, values.get(option.field), now):
            raise UsageError(_not_sealed(record, option))
    branch, tag = record.branch, record.tag
    if typed.branch is None and typed.tag is None and not record.options.get("branch"):
        values.update({"tag": tag or None} if tag else {"branch": branch or None})
    given = {each.partition("=")[0] for each in now.env}
    wanted = [name for each in _names(record.options.get("env")) if (name := each.partition("=")[0]) not in given]
    passes = [Pass(name, f"run {record.id}") for name in _names(record.options.get("passes"))] if is_own else []
    return replace(
        now,
        **values,
        jobs_of_project=record.unnamed and not typed.jobs,
        params=(*_parameters(record, now), *now.params),
        env=(*_typed_secrets(wanted, record.id), *now.env),
        passes=tuple({each.name: each for each in (*passes, *now.passes)}.values()),
    )


def looked_up_again(record: RunRecord, now: Options) -> Sequence[str]:
    """Return the options ``--env NAME`` of a run of the user's own, unless ``now`` has a variable of that name.

    Their values are where they were: in the environment, printed by a command, or with the user. A record of somebody
    else's could ask for any variable in this way.
    """
    given = {each.partition("=")[0] for each in now.env}
    return [f"--env={each}" for each in _names(record.options.get("env")) if "=" not in each and each not in given]


def _needs_seal(option: Option, value: object, now: Options) -> bool:
    """Return whether a value gives jobs what is the user's, which a record of somebody else's could ask for."""
    if option.consent is None and option.field not in SEALED:
        return False
    if not value:  # nothing is asked for
        return False
    present = getattr(now, option.field)
    if isinstance(value, tuple):
        return not set(value) <= set(present)
    return value not in (option.consent.harmless if option.consent else None, present)


def _not_sealed(record: RunRecord, option: Option) -> Problem:
    message = f"run {record.id} has no record that you have completed here: its --{option.name} does not count"
    return Problem(message, None, f"Give it again: {typed_command(f'rerun {record.id} --{option.name}')} ...")


def _checked(option: Option, value: object) -> Any:
    """Return a recorded value as the option has it; raise UsageError if it cannot be one."""
    if option.is_repeatable and isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    kind = str if option.default is None else type(option.default)
    chosen = not option.choices or value in option.choices
    if value == option.default or (isinstance(value, kind) and chosen and not option.is_repeatable):
        return value
    message = f"the record of the run has {value!r} for {option.name}, which is not one of its values"
    raise UsageError(Problem(message, None, f"Run the workflow again: `{typed_command('run WORKFLOW')}`."))


def _names(value: object) -> Sequence[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else ()


def _parameters(record: RunRecord, now: Options) -> Sequence[str]:
    """Return the pipeline parameters of the run as ``--param`` has them; UsageError for one that was masked."""
    typed = {each.partition("=")[0] for each in now.params}
    found = {name: _text(value) for name, value in record.parameters.items() if name not in typed}
    hidden = [name for name, value in found.items() if "****" in value]
    if hidden:
        names = " ".join(f"--param {name}=VALUE" for name in hidden)
        raise UsageError(Problem(f"secrets are not recorded: {', '.join(hidden)}", None, f"Give them again: {names}"))
    return [f"{name}={value}" for name, value in found.items()]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed_secrets(names: Sequence[str], run: str) -> Sequence[str]:
    """Ask for the values of variables, which are not recorded, without showing them; UsageError without a terminal."""
    if not names:
        return ()
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        again = " ".join(f"--env {name}=VALUE" for name in names)
        message = f"run {run} had variables that are not recorded: {', '.join(names)}"
        raise UsageError(Problem(message, None, f"Give them again: {again}"))
    return [f"{name}={getpass.getpass(visible_name(f'{name} of run {run}: '), sys.stderr)}" for name in names]
