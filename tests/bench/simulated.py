"""A thousand jobs in Pods of a simulated cluster: what this machine spends; ``nox -s bench -- --simulated-cluster``.

The costs are those of the run's own process. Real Pods cost this machine kubectl's proxy besides, and here the
simulation's processes take most of it: only what is said of the processor and the memory is a real run's.
"""

from __future__ import annotations

from pathlib import Path

from .measure import Row, variables
from .simulated_cluster import workloads
from .simulated_cluster.client_costs import Costs, measured
from .simulated_cluster.container import end_all
from .simulated_cluster.settings import Size, environment, pods_folder
from .workflows import CI, project

FEW, MANY = 50, 500
SMALL = Size(nodes=5)
"""20 Pods of the default resource class at once: the others are queued."""
LARGE = Size()
"""800 Pods at once."""
LAYERS = (1, 499, 1, 498, 1)
TRUE = "run: 'true'"
SLEEP_SECONDS = 60
MEGABYTE = 1_000_000
WORDS = (*CI, "run", "w", "-q", "--engine", "kubernetes", "--parallel")


def queued_pods(folder: Path, times: int) -> list[Row]:
    """50 and 500 Pods that are asked for at once, where 20 can run."""
    start = _run(folder / "one", SMALL, workloads.at_once(1, TRUE))
    few, many = (_run(folder / f"{number}", SMALL, workloads.at_once(number, TRUE)) for number in (FEW, MANY))
    own = (_each(few, start, FEW), _each(many, start, MANY))
    _tell(f"{FEW} Pods queued", few, own[0])
    _tell(f"{MANY} Pods queued", many, own[1])
    return [Row(f"{MANY} Pods queued: processor of each", own[1], own[0], 1.5, f"{FEW} queued")]


def graph(folder: Path, times: int) -> list[Row]:
    """1,000 jobs in layers that fan out and in."""
    start, small, whole = (
        _run(folder / f"{len(widths)}-{sum(widths)}", LARGE, workloads.layers(widths, TRUE))
        for widths in ((1,), tuple(max(each // 10, 1) for each in LAYERS), LAYERS)
    )
    number = sum(LAYERS)
    tenth = _each(small, start, sum(max(each // 10, 1) for each in LAYERS))
    _tell(f"{number} jobs in {len(LAYERS)} layers", whole, _each(whole, start, number))
    return [Row(f"graph of {number}: processor of a job", _each(whole, start, number), tenth, 1.5, "a graph of 100")]


def long_jobs(folder: Path, times: int) -> list[Row]:
    """As many jobs as the cluster can run at once, each of which is silent for a minute."""
    number = LARGE.nodes * LARGE.processors // 2
    start = _run(folder / "one", LARGE, workloads.at_once(1, TRUE))
    short = _run(folder / "short", LARGE, workloads.at_once(number, TRUE))
    long = _run(folder / "long", LARGE, workloads.at_once(number, f"run: sleep {SLEEP_SECONDS}"))
    _tell(f"{number} jobs at once, {SLEEP_SECONDS} s each", long, _each(long, start, number))
    spent = (long.processor - short.processor) / SLEEP_SECONDS
    return [Row(f"{number} jobs that are silent: processor", spent, 1.0, 0.25, "one processor's time")]


def megabytes(folder: Path, times: int) -> list[Row]:
    """1,000 jobs that print 1 MB each, and get and give a workspace of 1 MB."""
    start = _run(folder / "one", LARGE, workloads.at_once(1, TRUE))
    plain = _run(folder / "plain", LARGE, workloads.layers((1, 999), TRUE))
    heavy = _run(folder / "heavy", LARGE, workloads.layers_with_files((1, 999), MEGABYTE))
    _tell("1000 jobs, 1 MB of output, 1 MB in and out", heavy, _each(heavy, start, 1000))
    return [
        Row("1000 jobs: processor of 3 MB", _each(heavy, plain, 1000), _each(plain, start, 1000), 3.0, "an empty job")
    ]


def _run(folder: Path, size: Size, config: str) -> Costs:
    environ = environment(size, folder / "cluster")
    try:
        return measured(WORDS, project(folder / "project", config), variables(environ))
    finally:
        end_all(pods_folder(folder / "cluster"))


def _each(whole: Costs, start: Costs, number: int) -> float:
    """The processor seconds of one of so many jobs, without a run's own."""
    return (whole.processor - start.processor) / number


def _tell(name: str, found: Costs, each: float) -> None:
    print(
        f"{name}: {found.wall:.1f} s; this program: {found.processor:.1f} s of processor, {each * 1000:.1f} ms a job, "
        f"{found.megabytes:.0f} MB, {found.threads} threads, {found.descriptors} files at most",
        flush=True,
    )


BENCHES = (queued_pods, graph, long_jobs, megabytes)
