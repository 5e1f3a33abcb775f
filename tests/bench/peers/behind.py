"""What is slower than a peer, and why."""

from __future__ import annotations

from .figures import OURS, Figures
from .tables import markdown

MARGIN = 1.02
"""Times that differ by less than the noise of a machine are equal."""
WHY = {
    "act": "It is compiled: it ends before Python has imported anything. Jobs get a folder, and may change this "
    "machine's files; no daemon of a job is ended, no log or result is kept.",
    "gitlab-ci-local": "One shell runs all steps of a job. Jobs get a folder, and may change this machine's files.",
    "gitlab-ci-local shared": "Its jobs run in your work tree: nothing is copied for them, and nothing handed over.",
    "wrkflw": "It is compiled. A job gets a folder without a copy of the project, a home or an end to its daemons.",
    "wrkflw unsafe": "It is compiled. Steps are plain processes in a folder, with no home and no end to their daemons.",
    "nox by hand": "Its sessions run in your work tree: no place for each job, no hand-over, masking, logs or results.",
}


def ahead(figures: Figures) -> dict[str, list[str]]:
    """For each peer the workloads in which it is faster, with ours as a ratio to it."""
    found: dict[str, list[str]] = {}
    for row in figures.rows:
        mine = row.seconds(OURS)
        for name in filter(WHY.__contains__, row.results):
            theirs = row.seconds(name)
            if mine and theirs and mine > MARGIN * theirs:
                found.setdefault(name, []).append(f"{row.key} ({mine / theirs:.1f} x)")
    return found


def table(figures: Figures) -> str:
    rows = [[name, ", ".join(keys), WHY[name]] for name, keys in ahead(figures).items()]
    return markdown(["ahead of ours", "in (ours is)", "why"], rows) if rows else "No peer is ahead in any workload."
