"""The compiler against its floor: PyYAML's safe C loader on the input and its safe C dumper on the output.

Python's cyclic collector is off in both: PyYAML itself is not linear with it on.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from ci.compiler.compile import compile_config
from ci.compiler.emit import emit
from ci.compiler.orb_imports import NoOrbs
from ci.compiler.pipeline_values import PipelineValues

from .measure import Row

GOAL = 3.0
HEAD = """version: 2.1
commands:
  greet:
    parameters: {who: {type: string, default: world}, loud: {type: boolean, default: false}}
    steps:
      - run: {name: greet << parameters.who >>, command: "echo hello << parameters.who >>"}
      - when:
          condition: << parameters.loud >>
          steps: [run: echo LOUD]
executors:
  small: {docker: [{image: "cimg/base:stable"}], resource_class: small, environment: {A: one, B: two}}
"""
JOB = """  job-{n}:
    executor: small
    parameters:
      v: {{type: string, default: "{n}"}}
    environment:
      NUMBER: "{n}"
    steps:
      - checkout
      - greet: {{who: "<< parameters.v >>"}}
      - greet: {{who: again, loud: true}}
      - run:
          name: the {n}th
          command: |
            set -e
            make all VALUE=<< parameters.v >>
            make test
      - store_artifacts: {{path: out}}
"""


def lines(text: str) -> int:
    return text.count("\n")


def many_jobs(size: int) -> str:
    """A config of about so many lines: jobs that use commands, an executor and parameters."""
    count = max(1, (size - lines(HEAD)) // (lines(JOB) + 1))
    jobs = "".join(JOB.format(n=n) for n in range(count))
    names = "".join(f"      - job-{n}\n" for n in range(count))
    return f"{HEAD}jobs:\n{jobs}workflows:\n  w:\n    jobs:\n{names}"


def matrix(instances: int) -> str:
    """A config with one job and a matrix of so many instances."""
    values = ", ".join(f'"{n}"' for n in range(instances))
    entry = f"      - job-0: {{matrix: {{parameters: {{v: [{values}]}}}}}}\n"
    return f"{HEAD}jobs:\n{JOB.format(n=0)}workflows:\n  w:\n    jobs:\n{entry}"


def best(times: int, measured: Callable[[], object]) -> float:
    """The least seconds of several calls, the cyclic collector off."""
    found = []
    for _ in range(times):
        gc.collect()
        gc.disable()
        try:
            began = time.perf_counter()
            measured()
            found.append(time.perf_counter() - began)
        finally:
            gc.enable()
    return min(found)


def compiled(text: str) -> str:
    return emit(compile_config(text, "config.yml", PipelineValues(), NoOrbs()))


def against_floor(name: str, text: str, times: int) -> Row:
    """One config's row; its name has the milliseconds for each 1,000 lines of input and output."""
    output = compiled(text)
    plain = yaml.load(output, yaml.CSafeLoader)
    ours = best(times, lambda: compiled(text))
    loading = best(times, lambda: yaml.load(text, yaml.CSafeLoader))
    dumping = best(times, lambda: yaml.dump(plain, Dumper=yaml.CSafeDumper, sort_keys=False))
    total = lines(text) + lines(output)
    each = f"{ours * 1e6 / total:.0f} ms per 1,000 lines"
    return Row(f"compile {name}: {total} lines in and out, {each}", ours, loading + dumping, GOAL, "PyYAML's C alone")


def sizes(folder: Path, times: int) -> list[Row]:
    """Configs of 1,000, 10,000 and 50,000 lines, and a matrix of 1,000 instances."""
    rows = [against_floor(f"{size} lines", many_jobs(size), min(times, 3)) for size in (1000, 10_000, 50_000)]
    return [*rows, against_floor("a matrix of 1000", matrix(1000), min(times, 3))]


BENCHES = (sizes,)
