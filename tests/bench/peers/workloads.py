"""W1 to W9, each described once."""

from __future__ import annotations

from .model import Job, Workload

IMAGE = "nox-circleci/base"
AT_ONCE = 8
FILES, SIZE = 2000, 100_000
TAKERS = 4
LINES = 100_000
SEQ = f'seq {LINES}; echo "ran $((1))"'


def numbered(count: int) -> tuple[str, ...]:
    return tuple(f'echo "ran $(({number}))"' for number in range(count))


def alike(count: int, *steps: str) -> tuple[Job, ...]:
    return tuple(Job(f"j{number}", steps) for number in range(count))


def diamond() -> tuple[Job, ...]:
    """a, then b1 to b8, then c, half a second each: 1.5 s on the critical path."""
    half = ("sleep 0.5",)
    middle = tuple(f"b{number}" for number in range(1, 9))
    return (Job("a", half), *(Job(name, half, ("a",)) for name in middle), Job("c", half, middle))


def handed_over() -> tuple[Job, ...]:
    """A job that makes many files, and others that want them all."""
    made = f"mkdir out && head -c {FILES * SIZE} /dev/urandom | split -a 4 -b {SIZE} - out/"
    wanted = f'test "$(find out -type f | wc -l)" = {FILES} && echo "ran $((1))"'
    return (Job("make", (made,), leaves="out"), *(Job(f"take{n}", (wanted,), ("make",)) for n in range(TAKERS)))


def empty_jobs(count: int, times: int) -> Workload:
    return Workload(f"W8 {count}", f"{count:,} empty jobs, quiet", alike(count, "true"), quiet=True, times=times)


WORKLOADS = (
    Workload("W1", "one job, one step", alike(1, *numbered(1))),
    Workload("W2", "one job, 100 steps", alike(1, *numbered(100))),
    Workload("W3", "30 jobs x 3 steps, one after another", alike(30, *numbered(3))),
    Workload("W3 parallel", f"30 jobs x 3 steps, {AT_ONCE} at once", alike(30, *numbered(3)), AT_ONCE),
    Workload("W4", f"diamond of half-second sleeps, {AT_ONCE} at once", diamond(), AT_ONCE),
    Workload("W5", "list 300 jobs", alike(300, "true"), listed=True),
    Workload("W6", f"{FILES:,} files of 100 kB from one job to four", handed_over(), times=3),
    Workload("W7", f"one step that prints {LINES:,} lines", alike(1, SEQ), printing=True),
    empty_jobs(10, 5),
    empty_jobs(100, 3),
    empty_jobs(1000, 1),
    Workload("W9", "ten jobs x 5 steps in containers", alike(10, *numbered(5)), image=IMAGE, times=3),
)
