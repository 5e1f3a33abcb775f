"""Runs that are killed at random points: what they leave, and whether the next run is fine.

``python -m tests.kills [N] [--engine host|docker|kubernetes] [--seed S]`` kills N runs of small projects, a setup
workflow among them, by SIGINT, SIGTERM, SIGKILL and SIGINT twice in turn, at points spread over the time that a whole
run takes; on ``host`` also its jobs' supervisors with their guards by SIGKILL, and the supervisors by SIGSTOP, which
must hold up nothing. A quarter of the runs has a paused job: ``paused_kills.py``. After each nothing of the run may be
left: no process, no container, network or volume, no Pod, no temporary folder; after SIGKILL, which nobody can answer,
the next run has cleaned up.
The next run must pass, with the cache that the killed one may have been writing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.ground import pods_of
from tests.projects import ROOT, Project, make_project


@dataclass(frozen=True)
class Way:
    """Signals, one after another, to the runner or to the supervisors of its jobs."""

    signals: tuple[signal.Signals, ...]
    supervisors: bool = False

    def __str__(self) -> str:
        names = " and ".join(number.name for number in self.signals)
        return f"{names} to the supervisors" if self.supervisors else names


WAYS = tuple(map(Way, ((signal.SIGINT,), (signal.SIGTERM,), (signal.SIGKILL,), (signal.SIGINT, signal.SIGINT))))
HOST_WAYS = (*WAYS, Way((signal.SIGKILL,), True), Way((signal.SIGSTOP,), True))
SECOND_AFTER = 0.1
"""Seconds between a Ctrl-C and an impatient second one."""
IMAGE = "nox-circleci/base"
SERVICE = "nox-circleci/test-volume"
"""The base image with a volume, which each of its containers gets one of."""
PROGRAM = os.environ.get("NOX_CIRCLECI_DOCKER", "docker")
END_SECONDS = 60.0
"""How long a run may take to end after a signal, and its processes after SIGKILL."""
CONFIG = """\
version: 2.1
jobs:
  first:
    docker: [{image: IMAGE}]
    steps:
      - checkout
      - restore_cache: {key: tree-}
      - run: if test -d tree; then test "$(cat tree/* | wc -l)" = 200; fi
      - run: mkdir -p tree; for i in $(seq 200); do echo $i > tree/$i; done
      - save_cache: {key: 'tree-{{ epoch }}', paths: [tree]}
      - persist_to_workspace: {root: ., paths: [tree]}
  second:
    docker: [{image: IMAGE}, {image: SERVICE, command: [sleep, 'NUMBER']}]
    parallelism: 2
    steps:
      - attach_workspace: {at: .}
      - run: test "$(cat tree/* | wc -l)" = 200
      - run: {background: true, command: sleep NUMBER}
      - run:
          name: A daemon with a session and environment of its own that ignores signals
          command: |
            env -i PATH=/usr/bin:/bin setsid bash -c \\
              'trap "" TERM INT HUP; touch daemon; while :; do sleep NUMBER; done' \\
              </dev/null >/dev/null 2>&1 &
            until [ -e daemon ]; do sleep 0.02; done
      - run: sleep 0.4 & wait
      - store_artifacts: {path: tree}
workflows: {w: {jobs: [first, second: {requires: [first]}]}}
"""
SETUP = """\
version: 2.1
setup: true
jobs:
  generate:
    docker: [{image: IMAGE}]
    steps:
      - checkout
      - run: |
          python3 -c 'import json, os, sys
          print(json.dumps({"continuation-key": os.environ["CIRCLE_CONTINUATION_KEY"],
                            "configuration": open("next.yml").read()}))' >body
          curl --fail --silent --show-error -X POST -H 'Content-Type: application/json' --data @body \\
            https://circleci.com/api/v2/pipeline/continue
      - run: {background: true, command: sleep NUMBER}
      - run: sleep 0.2
workflows: {w: {jobs: [generate]}}
"""


@dataclass
class Found:
    """What came of the killed runs; ``faults`` must stay empty."""

    killed: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    """Runs that had ended before the signal came."""
    ending: list[float] = field(default_factory=list)
    """Seconds from SIGINT or SIGTERM to the end."""
    faults: list[str] = field(default_factory=list)

    def add(self, other: Found) -> None:
        """Take what came of other runs too."""
        self.killed += other.killed
        self.finished += other.finished
        self.ending += other.ending
        self.faults += other.faults


@dataclass(frozen=True)
class Ground:
    """A project of its own with a folder for temporary files of its own, and a number that no other process names."""

    folder: Path
    engine: str
    number: int
    before: frozenset[str] | None
    """The networks and volumes that are none of its runs'; None where others' come and go, and are not looked at."""

    @classmethod
    def make(cls, folder: Path, engine: str, alone: bool = False, setup: bool = False, plain: str = CONFIG) -> Ground:
        number = random.SystemRandom().randrange(10**7, 10**8)
        service = SERVICE if engine == "docker" else IMAGE
        config, setup_config = (
            text.replace("IMAGE", IMAGE).replace("SERVICE", service).replace("NUMBER", str(number))
            for text in (plain, SETUP)
        )
        make_project(folder / "project", setup_config if setup else config, **({"next.yml": config} if setup else {}))
        (folder / "tmp").mkdir()
        if engine == "docker":
            words = [PROGRAM, "build", "--tag", SERVICE, "--file", "-", str(folder / "tmp")]
            subprocess.run(words, input=f"FROM {IMAGE}\nVOLUME /data\n".encode(), check=True, capture_output=True)
        return cls(folder, engine, number, frozenset(networks_and_volumes(engine)) if alone else None)

    @property
    def project(self) -> Project:
        return Project(self.folder / "project")

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A run of its workflow."""
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary), "PYTHONDONTWRITEBYTECODE": "1"}
        words = [sys.executable, "-m", "ci", "run", "w", "--engine", self.engine, "--parallel", "--json", *words]
        with open(self.folder / "output", "wb") as output:
            return subprocess.Popen(
                words, cwd=self.project.path, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def owner(self) -> int | None:
        """The process of its newest run, if that goes on."""
        try:
            return int((self.project.path / ".nox/ci/runs/last/owner").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            return None

    def rests(self) -> bool:
        """Whether a job of its newest run waits."""
        return self.project.ci("paused", "--json").stdout.strip() != "[]"

    def last_output(self) -> str:
        """The end of the last run's output."""
        return (self.folder / "output").read_text(encoding="utf-8", errors="replace")[-3000:]

    def processes(self) -> list[str]:
        """The processes of its runs, by the number or folder that their command line, environment or place names."""
        marks = (str(self.number).encode(), os.fsencode(self.folder))
        return [line for pid, line in everything() if pid != os.getpid() and any(mark in line for mark in marks)]

    def supervisors(self, guards: bool) -> list[int]:
        """The supervisors of its runs' jobs; with their guards, which are their parents."""
        mark = os.fsencode(self.temporary)
        found = [pid for pid, line in everything() if b"supervisor.run()" in line and mark in line]
        return found if guards else [pid for pid in found if parent(pid) in found]

    def folders(self) -> list[str]:
        """What its runs have in the folder for temporary files."""
        return sorted(os.listdir(self.temporary))

    def containers(self, pid: int) -> list[str]:
        """The containers or Pods that a run made which had this number."""
        if self.engine == "kubernetes":
            return [f"Pod {name}" for name in pods_of(pid)]
        if self.engine != "docker":
            return []
        listed = [PROGRAM, "ps", "--all", "--quiet", "--filter", "label=nox-circleci"]
        names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
        form = '{{.Name}}\t{{index .Config.Labels "nox-circleci.owner"}}'
        words = [PROGRAM, "inspect", "--format", form, *names]  # others' may have gone meanwhile: they are left out
        lines = subprocess.run(words, capture_output=True, text=True).stdout.splitlines() if names else []
        return [line for line in lines if line.partition("\t")[2].split(" ")[0] == str(pid)]

    def left(self, pid: int) -> list[str]:
        """All that is left of a run: a cluster and a kernel remove what they were told to in a while."""
        until = time.monotonic() + END_SECONDS
        while (found := self._left(pid)) and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def _left(self, pid: int) -> list[str]:
        processes = [f"process {line!r}" for line in self.processes()]
        others = set(networks_and_volumes(self.engine)) - self.before if self.before is not None else ()
        return [*processes, *(f"folder {name}" for name in self.folders()), *self.containers(pid), *others]


def networks_and_volumes(engine: str) -> list[str]:
    """All that the container engine has of them; none where another engine runs the jobs."""
    found = []
    for kind in ("network", "volume") if engine == "docker" else ():
        words = [PROGRAM, kind, "ls", "--quiet"]
        listed = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
        found += [f"{kind} {name}" for name in listed]
    return found


def everything() -> Iterator[tuple[int, bytes]]:
    """Every process with its command line, folder and environment."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            folder = os.fsencode(os.readlink(f"/proc/{name}/cwd"))
            words = Path(f"/proc/{name}/cmdline").read_bytes(), folder, Path(f"/proc/{name}/environ").read_bytes()
        except OSError:  # it ended, or is another user's
            continue
        yield int(name), b" ".join(words)


def parent(pid: int) -> int:
    """The parent of a process; 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def kill_runs(ground: Ground, count: int, chance: random.Random) -> Found:
    """Kill that many runs; return what came of it."""
    began = time.monotonic()
    whole = ground.start()
    if whole.wait(120):
        raise AssertionError(f"the project does not run at all: {ground.last_output()}")
    seconds = time.monotonic() - began
    found = Found(faults=[f"a whole run left {line}" for line in ground.left(whole.pid)])
    ways = HOST_WAYS if ground.engine == "host" else WAYS
    while (killed := sum(found.killed.values())) < count:
        kill_one(ground, ways[killed % len(ways)], chance.uniform(0, seconds), found)
    return found


def kill_one(ground: Ground, way: Way, delay: float, found: Found) -> None:
    """Kill a run after that time, look at what it left, and let the next run pass."""
    case = f"{way} after {delay:.3f} s"
    running = ground.start()
    try:
        status = running.wait(delay)
    except subprocess.TimeoutExpired:
        status = None
    if status is not None:
        found.finished += 1
        found.faults += [f"{case}: it had failed by itself: {ground.last_output()}"] if status else []
    elif way.supervisors:
        _kill_supervisors(ground, way, case, running, found)
    else:
        _kill_runner(way, case, running, found)
    if way.signals == (signal.SIGKILL,) and not way.supervisors:
        if ground.engine == "host" and not gone(ground):
            found.faults += [f"{case}: left {line!r}" for line in ground.processes()]
    else:
        found.faults += [f"{case}: left {line}" for line in ground.left(running.pid)]
    if (
        "Traceback" in ground.last_output() and f"{ROOT}/ci/" in ground.last_output()
    ):  # Python's own start may be interrupted too
        found.faults.append(f"{case}: {ground.last_output()}")
    following = ground.start()
    if following.wait(120):
        found.faults.append(f"{case}: the next run failed: {ground.last_output()}")
    for pid in (running.pid, following.pid):
        found.faults += [f"{case}: after the next run: {line}" for line in ground.left(pid)]


def _kill_runner(way: Way, case: str, running: subprocess.Popen[bytes], found: Found) -> None:
    began = time.monotonic()
    running.send_signal(way.signals[0])
    if way.signals[1:]:
        time.sleep(SECOND_AFTER)
        running.send_signal(way.signals[1])
    if process_hangs(running):
        found.faults.append(f"{case}: it went on for {END_SECONDS:.0f} s")
    found.killed[str(way)] += 1
    if signal.SIGKILL not in way.signals:
        found.ending.append(time.monotonic() - began)


def _kill_supervisors(ground: Ground, way: Way, case: str, running: subprocess.Popen[bytes], found: Found) -> None:
    """Signal the supervisors that there are: a run that loses them fails, one that has them stopped passes."""
    stopping = signal.SIGSTOP in way.signals
    victims = ground.supervisors(guards=not stopping)
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, way.signals[0])
    if process_hangs(running):
        found.faults.append(f"{case}: it went on for {END_SECONDS:.0f} s")
    elif running.returncode and (stopping or not victims):
        found.faults.append(f"{case}: it failed: {ground.last_output()}")
    if victims:
        found.killed[str(way)] += 1


def process_hangs(running: subprocess.Popen[bytes]) -> bool:
    """Whether a run that was asked to end does not; it is killed then."""
    try:
        running.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
        return True
    return False


def gone(ground: Ground) -> bool:
    """Whether the processes of a killed run end by themselves."""
    until = time.monotonic() + END_SECONDS
    while ground.processes() and time.monotonic() < until:
        time.sleep(0.05)
    return not ground.processes()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description="Kill runs at random points.")
    parser.add_argument("count", nargs="?", type=int, default=50, metavar="N")
    parser.add_argument("--engine", choices=("host", "docker", "kubernetes"), default="host")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args()
    from tests import paused_kills  # which is made of this module

    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell's background jobs ignore it, and so would the runs
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        chance = random.Random(given.seed)
        setups = paused = given.count // 4
        ground = Ground.make(Path(folder, "plain"), given.engine, alone=True)
        found = kill_runs(ground, given.count - setups - paused, chance)
        if setups:
            found.add(kill_runs(Ground.make(Path(folder, "setup"), given.engine, True, setup=True), setups, chance))
        if paused:
            waiting = Ground.make(Path(folder, "paused"), given.engine, alone=True, plain=paused_kills.CONFIG)
            found.add(paused_kills.kill_paused(waiting, paused, chance))
    kinds = ", ".join(f"{name} {number}" for name, number in sorted(found.killed.items()))
    took = time.monotonic() - began
    print(f"{given.engine}, seed {given.seed}: {kinds}; {found.finished} had ended before; {took:.0f} s")
    if found.ending:
        times = sorted(found.ending)
        print(f"from SIGINT or SIGTERM to the end: median {times[len(times) // 2]:.2f} s, longest {times[-1]:.2f} s")
    for fault in found.faults:
        print(f"FAULT: {fault}")
    print(f"{len(found.faults)} faults")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
