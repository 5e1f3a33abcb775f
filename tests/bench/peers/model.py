"""One workload: what each tool runs, before it is written as anybody's config."""

from __future__ import annotations

from dataclasses import dataclass

COUNTED = "ran $(("
"""What a step's text has where its output shows that it ran: the shell replaces it, an echo of the command does not."""


@dataclass(frozen=True)
class Job:
    """Steps of bash, the jobs before it, and the folder that it leaves to those after it."""

    name: str
    steps: tuple[str, ...]
    needs: tuple[str, ...] = ()
    leaves: str | None = None


@dataclass(frozen=True)
class Workload:
    """Jobs, and how they are run: how many at once, in which image, with or without their output."""

    key: str
    title: str
    jobs: tuple[Job, ...]
    at_once: int = 1
    image: str | None = None
    quiet: bool = False
    listed: bool = False
    printing: bool = False
    """Whether it is about what its steps print."""
    times: int = 5

    def job(self, name: str) -> Job:
        return next(job for job in self.jobs if job.name == name)

    def takes(self, job: Job) -> list[Job]:
        """The jobs that leave a folder to this one."""
        return [each for each in map(self.job, job.needs) if each.leaves]

    @property
    def counted(self) -> int:
        """How many lines of output show that a step ran."""
        return 0 if self.quiet else sum(step.count(COUNTED) for job in self.jobs for step in job.steps)
