"""Configs of many jobs: all at once, and as layers that fan out and in again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.bench.workflows import HEAD

HEAD_OF_A_JOB = "    docker: [{image: 'cimg/base:stable'}]\n    resource_class: medium\n    steps:\n"
ATTACH = "attach_workspace: {at: .}"
NONE: Mapping[str, Sequence[str]] = {}
Jobs = Sequence[tuple[str, Sequence[str]]]
"""The names of jobs, each with those that it needs."""


def at_once(number: int, *steps: str) -> str:
    """Return a config of jobs that need nothing of each other."""
    return _config([(f"job-{each}", ()) for each in range(number)], steps)


def layers(widths: Sequence[int], *steps: str) -> str:
    """Return a config of layers of jobs, each of which needs all of the layer before."""
    return _config(list(_layered(widths)), steps)


def layers_with_files(widths: Sequence[int], size: int) -> str:
    """Return one whose jobs each print so many bytes, get a workspace, and give a file of that size to it."""
    prints = f"head -c {size} /dev/zero | tr '\\\\0' x | fold -w 99"
    writes = f"head -c {size} /dev/urandom > file-JOB"
    each = (f'run: "{prints}; {writes}"', "persist_to_workspace: {root: ., paths: [file-JOB]}")
    jobs = list(_layered(widths))
    return _config(jobs, (ATTACH, *each), {name: each for name, needs in jobs if not needs})


def _layered(widths: Sequence[int]) -> Iterator[tuple[str, Sequence[str]]]:
    before: list[str] = []
    for layer, width in enumerate(widths):
        names = [f"layer-{layer}-{each}" for each in range(width)]
        yield from ((name, before) for name in names)
        before = names


def _config(jobs: Jobs, steps: Sequence[str], own: Mapping[str, Sequence[str]] = NONE) -> str:
    """Return a config whose jobs have those steps, or their own, in which JOB is their name."""
    bodies = "".join(f"  {name}:\n{HEAD_OF_A_JOB}{_listed(own.get(name, steps), name)}" for name, _ in jobs)
    names = "".join(f"      - {name}{_requiring(needs)}\n" for name, needs in jobs)
    return f"{HEAD}jobs:\n{bodies}workflows:\n  w:\n    jobs:\n{names}"


def _listed(steps: Sequence[str], job: str) -> str:
    return "".join(f"      - {step}\n" for step in steps).replace("JOB", job)


def _requiring(needs: Sequence[str]) -> str:
    return f": {{requires: [{', '.join(needs)}]}}" if needs else ""
