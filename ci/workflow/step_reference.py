"""A step as a user names it on the command line: its name, its number, or either with the job before a colon."""

from __future__ import annotations

from collections.abc import Sequence

from ..dataclass import dataclass
from .job_instances import JobInstance


@dataclass(frozen=True, slots=True)
class StepReference:
    """A step of every job that was asked for, or of the one job."""

    step: str
    """Its number as the screen shows it, or its name."""
    job: str = ""

    def __str__(self) -> str:
        return f"{self.job}:{self.step}" if self.job else self.step

    def names_job(self, instance: JobInstance) -> bool:
        """Return whether steps of that job are meant."""
        return not self.job or self.job in instance.names

    def numbers(self, instance: JobInstance) -> tuple[int, ...]:
        """Return the numbers of the job's steps that are meant: several if they have one name."""
        if instance.job is None or not self.names_job(instance):
            return ()
        names = [each.name for each in instance.job.steps]
        if self.step in names:
            return tuple(number for number, name in enumerate(names, 1) if name == self.step)
        number = int(self.step) if self.step.isdecimal() else 0
        return (number,) if 1 <= number <= len(names) else ()


@dataclass(frozen=True, slots=True)
class StepRange:
    """The steps from one number to another, both of them included; without an end to the last step."""

    first: int
    last: int | None = None

    def __contains__(self, number: int) -> bool:
        return self.first <= number and (self.last is None or number <= self.last)

    def __str__(self) -> str:
        if self.first == self.last:
            return str(self.first)
        return f"{self.first}-{'' if self.last is None else self.last}"


def step_reference(text: str) -> StepReference:
    """Return the reference that a text stands for; raise ValueError for an empty part.

    A job's name holds no colon but a step's name may: ``build:Run: tests`` is the step ``Run: tests`` of ``build``,
    and a text whose part before the first colon is followed by a blank is a step's name as a whole.
    """
    job, colon, step = text.partition(":")
    if not colon or step.startswith(" "):
        job, step = "", text
    if not step.strip() or (colon and not text.partition(":")[0].strip()):
        raise ValueError(f"{text!r} is no step: write its number, its name, or JOB:STEP")
    return StepReference(step, job)


def step_range(text: str) -> StepRange:
    """Return the range that a text stands for: ``3``, ``2-4``, ``2-``; raise ValueError for another text."""
    first, dash, last = text.partition("-")
    if not first.isdecimal() or not (last.isdecimal() or not last) or (last and int(last) < int(first)) or first == "0":
        raise ValueError(f"{text!r} is no range of steps: write 3, 2-4 or 2-")
    if not dash:
        return StepRange(int(first), int(first))
    return StepRange(int(first), int(last) if last else None)


def unknown_references(references: Sequence[StepReference], instances: Sequence[JobInstance]) -> list[StepReference]:
    """Return the references that mean no step of any of the jobs."""
    return [each for each in references if not any(each.numbers(instance) for instance in instances)]
