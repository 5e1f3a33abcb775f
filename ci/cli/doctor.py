"""``doctor``: what a run needs, checked."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from ..dataclass import replace
from ..errors import FAILED, PASSED, CiError, Problem
from ..options.given import chosen_options, parse_run
from ..options.parser import command_parser
from ..options.permissions import Permission
from ..options.settings import PYPROJECT
from ..options.table import Options
from ..project.project import Project, find_project
from ..system.command_names import typed_command
from ..workflow.job_instances import JobInstance
from .arguments import prog
from .screen import show

SIGNS = {"ok": ("✓", "+"), "warning": ("!", "!"), "error": ("✗", "x")}


def command(argv: Sequence[str], start: Path) -> int:
    """Check everything that a run needs, and name the command that fixes what is missing."""
    given = command_parser("doctor").parse(argv)
    if given.role:
        from ..engines.kubernetes.rights import role_text

        print(role_text(), end="")
        return PASSED
    from ..doctor.check import Check
    from ..doctor.cluster_checks import cluster_checks
    from ..doctor.diagnose import as_json, diagnose, healthy
    from ..project.executor_images import builds

    project = find_project(start)
    options, asked = _options(project, given)
    elsewhere = options.engine == "kubernetes"
    compiled = _compiled(project)
    if isinstance(compiled, CiError):
        checks = diagnose(project, os.environ, compiled, elsewhere=elsewhere)
    else:
        instances, missing = compiled
        jobs = [each.job for each in instances if each.job]
        checks = diagnose(project, os.environ, jobs, builds(project, instances), elsewhere)
        checks += [Check("orb", "error", each.message, each.hint) for each in missing]
    if asked:
        text = f"{PYPROJECT} asks for {', '.join(map(str, asked))}: that counts with your consent"
        checks.append(Check("trust", "warning", text, typed_command("trust")))
    checks += cluster_checks(options)
    if given.json:
        print(as_json(checks))
    else:
        pretty = "utf" in (sys.stdout.encoding or "").lower()
        width = max(len(check.name) for check in checks)
        for check, after in zip_longest(checks, checks[1:]):
            show(f"{SIGNS[check.level][0 if pretty else 1]} {check.name:<{width}}  {check.text}")
            if check.fix and not (after and after.fix == check.fix):  # once, below all that it fixes
                show(f"  {'':<{width}}  -> {check.fix}")
    return PASSED if healthy(checks) else FAILED


def _options(project: Project, given: argparse.Namespace) -> tuple[Options, tuple[Permission, ...]]:
    """Return the options that a run has without any, but for those that the doctor was given.

    What the project asks for and nobody has consented to is the second.
    """
    from ..trust.consent import known_consent

    of_run = parse_run((), project.settings, os.environ, prog("run WORKFLOW"))
    options, asked = known_consent(project.root, replace(of_run, noxfile=given.noxfile or ""), os.environ)
    own, _ = known_consent(project.root, chosen_options(given, project.settings, os.environ, "doctor"), os.environ)
    found = replace(options, engine=own.engine, kube_context=own.kube_context, kube_namespace=own.kube_namespace)
    return found, asked


def _compiled(project: Project) -> tuple[Sequence[JobInstance], Sequence[Problem]] | CiError:
    """Return the config's job instances and a problem for each missing orb, or why it does not compile."""
    from ..pipeline.compile_project import compile_project
    from ..workflow.load_jobs import workflows

    try:
        compiled = compile_project(project, Options())
        found = workflows(compiled.workflows, compiled.jobs, project.settings.python_from)
    except CiError as error:
        return error
    return [each for workflow in found for each in workflow.instances], compiled.missing
