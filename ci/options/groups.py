"""What the declarations of options share: the groups in ``--help``, the commands that take them, names of engines."""

from __future__ import annotations

JOBS = "which jobs"
PIPELINE = "the pipeline"
RUNNING = "how they run"
PLACE = "where they run"
CLUSTER = "on a Kubernetes cluster"
ENVIRONMENT = "their environment"
STEPS = "stops between steps, and steps left out"
REUSE = "what is taken from earlier runs"
OUTPUT = "what is shown"
GROUPS = (JOBS, PIPELINE, RUNNING, REUSE, STEPS, PLACE, CLUSTER, ENVIRONMENT, OUTPUT)

RUN = ("run",)
REACHING = ("run", "clean", "doctor")
"""Commands that go to a cluster."""
COMPILING = ("run", "plan", "list", "validate", "process", "graph")
"""Commands whose result depends on what the config compiles to."""

ENGINES = ("auto", "circleci", "docker", "host", "kubernetes")
COMPILERS = ("current", "classic")
WIDE = 0
"""``--parallel`` without a number: as wide as the graph."""
