"""Jobs in Pods of a cluster, against kubectl and against the docker engine; ``nox -s bench -- --pods``.

The cluster is the one of tests (NOX_CIRCLECI_TEST_CLUSTER), else the one that your kubeconfig names.
"""

from __future__ import annotations

import json
import os
import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .containers import IMAGE
from .measure import Row, seconds, variables
from .workflows import CI, HEAD, project

STEPS = 100
MEGABYTES = 200
PODS = 50
WORDS = (*CI, "run", "w", "-q", "--engine")
_FOLDER = os.environ.get("NOX_CIRCLECI_TEST_CLUSTER", "")
KUBECTL = f"{_FOLDER}/kubectl" if _FOLDER else os.environ.get("NOX_CIRCLECI_KUBECTL", "kubectl")
ENVIRON = {"NOX_CIRCLECI_KUBECTL": KUBECTL, "NOX_CIRCLECI_KUBERNETES_RESOURCES": "0"}
if _FOLDER:
    ENVIRON["KUBECONFIG"] = f"{_FOLDER}/admin.conf"


def start_of_a_job(folder: Path, times: int) -> list[Row]:
    """A whole run of one job with one step, against ``kubectl run`` of the same image, which deletes its Pod too."""
    made = project(folder / "one", _job("one", "- run: 'true'"))
    mine = seconds([*WORDS, "kubernetes"], made, ENVIRON, times)
    theirs = min(_kubectl_run(folder) for _ in range(times))
    return [Row("kubernetes: one job, one step", mine, theirs, 1.5, "kubectl run, with its deletion")]


def hundred_steps_in_a_pod(folder: Path, times: int) -> list[Row]:
    """The steps of a job, from the first's begin to the last's end, against the same on the docker engine.

    Not by whole runs: a kubelet sees once a second that a container has started.
    """
    made = project(folder / "many", _job("many", *["- run: 'true'"] * STEPS))
    mine, theirs = (min(_from_first_to_last(made, each) for _ in range(times)) for each in ("kubernetes", "docker"))
    return [Row(f"kubernetes: {STEPS} steps", mine, theirs, 2.5, "docker")]


def large_files(folder: Path, times: int) -> list[Row]:
    """A workspace of 200 MB out of a Pod and into another, each against ``kubectl cp`` of a file of that size."""
    made = project(folder / "files", f"""{HEAD}jobs:
  out:
    docker: [{{image: {IMAGE}}}]
    steps:
      - run: head -c {MEGABYTES}000000 /dev/urandom > file
      - persist_to_workspace: {{root: ., paths: [file]}}
  in:
    docker: [{{image: {IMAGE}}}]
    steps: [{{attach_workspace: {{at: .}}}}]
workflows:
  w:
    jobs: [out, {{in: {{requires: [out]}}}}]
""")  # fmt: skip
    out, into = (min(each) for each in zip(*(_step_seconds(made) for _ in range(times)), strict=True))
    cp_out, cp_in = (min(each) for each in zip(*(_copies(folder) for _ in range(times)), strict=True))
    return [
        Row(f"kubernetes: {MEGABYTES} MB out of a Pod", out, cp_out, 1.5, "kubectl cp"),
        Row(f"kubernetes: {MEGABYTES} MB into a Pod", into, cp_in, 1.5, "kubectl cp"),
    ]


def many_pods(folder: Path, times: int) -> list[Row]:
    """50 jobs that are asked for at once: what this machine spends on them, beside what the cluster does."""
    jobs = "".join(f"  j{n}:\n    docker: [{{image: {IMAGE}}}]\n    steps: [run: 'true']\n" for n in range(PODS))
    names = "".join(f"      - j{n}\n" for n in range(PODS))
    made = project(folder / "many", f"{HEAD}jobs:\n{jobs}workflows:\n  w:\n    jobs:\n{names}")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    seconds([*WORDS, "kubernetes", "--parallel"], made, ENVIRON, 1)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{PODS} Pods: {wall:.1f} s, {spent / PODS * 1000:.0f} ms of this machine's processor a Pod, "
          f"{after.ru_maxrss / 1024:.0f} MB in the largest of our processes (kubectl's proxy among them)")  # fmt: skip
    return []


def _job(name: str, *steps: str) -> str:
    lines = "".join(f"      {step}\n" for step in steps)
    return (
        f"{HEAD}jobs:\n  {name}:\n    docker: [{{image: {IMAGE}}}]\n    steps:\n{lines}workflows:\n  w:\n"
        f"    jobs: [{name}]\n"
    )


def _kubectl(*words: str) -> None:
    done = subprocess.run([KUBECTL, *words], env=variables(ENVIRON), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"kubectl {' '.join(words)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")


def _kubectl_run(folder: Path) -> float:
    name = f"bench-{secrets.token_hex(4)}"
    words = ("run", name, f"--image={IMAGE}", "--image-pull-policy=IfNotPresent", "--restart=Never", "--rm", "--attach")
    began = time.perf_counter()
    _kubectl(*words, "--quiet", "--command", "--", "true")
    return time.perf_counter() - began


def _from_first_to_last(made: Path, engine: str) -> float:
    events = _events(made, engine)
    began = next(each["time"] for each in events if each["event"] == "step.start")
    return max(each["time"] for each in events if each["event"] == "step.finish") - began


def _events(made: Path, engine: str) -> list[dict[str, Any]]:
    words = [*CI, "run", "w", "--json", "--engine", engine]
    done = subprocess.run(words, cwd=made, env=variables(ENVIRON), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _step_seconds(made: Path) -> tuple[float, float]:
    """The seconds of the step that persists, and of the one that attaches."""
    events = _events(made, "kubernetes")
    found = {each["name"]: each["seconds"] for each in events if each["event"] == "step.finish"}
    return found["Persisting to Workspace"], found["Attaching Workspace"]


def _copies(folder: Path) -> tuple[float, float]:
    with _pod() as name:
        _kubectl("exec", name, "--", "sh", "-c", f"head -c {MEGABYTES}000000 /dev/urandom > /tmp/file")
        found = []
        for words in ((f"{name}:/tmp/file", str(folder / "file")), (str(folder / "file"), f"{name}:/tmp/file2")):
            began = time.perf_counter()
            _kubectl("cp", *words)
            found.append(time.perf_counter() - began)
    return found[0], found[1]


@contextmanager
def _pod() -> Iterator[str]:
    name = f"bench-{secrets.token_hex(4)}"
    run: Sequence[str] = ("run", name, f"--image={IMAGE}", "--image-pull-policy=IfNotPresent", "--restart=Never")
    _kubectl(*run, "--command", "--", "sleep", "600")
    try:
        _kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s")
        yield name
    finally:
        _kubectl("delete", "pod", name, "--now")


BENCHES = (start_of_a_job, hundred_steps_in_a_pod, large_files, many_pods)
