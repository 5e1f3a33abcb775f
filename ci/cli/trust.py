"""``trust``: consent to what the project asks for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PASSED, CiError
from ..options.given import parse_run
from ..options.parser import command_parser
from ..options.table import Options
from ..project.project import find_project, find_root
from .screen import show

if TYPE_CHECKING:
    from ..options.permissions import Permission
    from ..trust.consent_store import Consents


def command(argv: Sequence[str], start: Path) -> int:
    """Consent to what the project asks of you: variables, folders, contexts, this machine."""
    given = command_parser("trust").parse(argv)
    from ..trust.consent_store import Consents

    consents = Consents.of(find_root(start, os.environ), os.environ)
    if given.revoke:
        count = consents.revoke()
        show(f"{consents.project}: {count} consent{'s' if count != 1 else ''} revoked")
        return PASSED
    asked = _asked(start)
    if not given.show and asked:
        consents.add(asked)
    _show(consents, asked)
    return PASSED


def _asked(start: Path) -> tuple[Permission, ...]:
    """Return all that the project asks for, whatever is set here."""
    from ..options.declaration import PREFIX
    from ..pipeline.compile_project import compile_project
    from ..trust.config_permissions import with_config
    from ..workflow.load_jobs import workflows

    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    project = find_project(start)
    options = parse_run([], project.settings, environ)
    try:
        compiled = compile_project(project, Options())
        found = workflows(compiled.workflows, compiled.jobs, project.settings.python_from)
    except CiError as error:
        print(f"the config's contexts and registries are not shown: {error}", file=sys.stderr)
        return options.permissions
    instances = [each for workflow in found for each in workflow.instances]
    return with_config(project.root, options, instances, os.environ).permissions


def _show(consents: Consents, asked: Sequence[Permission]) -> None:
    show(f"{consents.project}:{'' if asked else ' it asks for nothing that needs your consent'}")
    for each in asked:
        state = "allowed" if each in consents else "not allowed"
        show(f"  {state}: {each}{'' if each.present else ' (not here)'}: {each.meaning}")
    for each in consents:
        if each not in asked:
            show(f"  allowed, no longer asked for: {each}")
