"""What holds for all jobs of a workflow, and what one of them can see by that."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ..dataclass import dataclass, field, fields
from ..engines.protocol import Surroundings
from ..git.work_tree import WorkTree
from ..options.engine_options import EngineOptions
from ..run.reuse_hook import StartingJob
from ..runtime.seen import CheckoutFacts
from ..workflow.model import Pairs
from .job_key import Facts, Key, Sight, job_key, never_reused
from .user_key import Hide

Mode = Literal["off", "on", "explain"]
UNSEEN = (
    *("pull", "keep", "docker_host", "reuse_tools", "kube_on_lost", "kube_image_pull_secrets", "kube_pending_timeout"),
    *("kube_silence_limit", "kube_detach_timeout", "kube_repository", "detach"),
)
"""Engines' options that change nothing of what a job sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for all jobs of a workflow."""

    mode: Mode
    workflow: str
    project: str
    state: Path
    work_tree: WorkTree
    hide: Hide
    """Makes digests of values."""
    seal: Hide
    mask: Callable[[str], str]
    """Returns a text without the run's secrets."""
    package: str
    parameters: Facts = field(default_factory=dict)
    passed: Pairs = ()
    listed: tuple[str, ...] = ()
    """The jobs that the settings exclude."""
    allowed: tuple[str, ...] = ()
    """The jobs that may be reused whatever they use."""
    cut: frozenset[str] = frozenset()
    """The jobs of which steps are left out."""


def never(terms: Terms, job: StartingJob) -> str:
    """Return why a job always runs, and is of no use to a later run; empty if that is not so."""
    if job.instance.name in terms.cut:
        return "steps of it are left out"
    if job.settings.continuation:
        return "it may continue the pipeline"
    if job.settings.folders or job.settings.share:
        return "it gets folders of yours"
    return never_reused(job.instance, terms.listed, terms.allowed)


def seen_key(terms: Terms, job: StartingJob, place: Surroundings, checkout: CheckoutFacts | None) -> Key:
    """Return the key of a job that has seen that place and that checkout."""
    settings = job.settings
    options = {each.name: str(getattr(settings, each.name)) for each in fields(EngineOptions)}
    system = os.uname()
    sight = Sight(
        job=job.job,
        variables=job.variables,
        place=place.facts,
        repository=checkout.repository if checkout else None,
        files=checkout.files if checkout else None,
        parameters=terms.parameters,
        given=job.secrets,
        passed=terms.passed,
        options={name: value for name, value in options.items() if name not in UNSEEN},
        platform={
            "system": f"{system.sysname} {system.release}",
            "machine": system.machine,
            "processors": str(os.cpu_count()),
        },
        package=terms.package,
        moment=str(time.time_ns()),
    )
    key = job_key(sight, terms.hide)
    return {part: {_shown(terms, name): value for name, value in facts.items()} for part, facts in key.items()}


def _shown(terms: Terms, name: str) -> str:
    """Return a name as it may be kept: a step's or a file's may have a secret in it. Two names stay two."""
    masked = terms.mask(name)
    return name if masked == name else f"{masked} ({terms.hide(name)})"
