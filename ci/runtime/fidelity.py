"""How true to CircleCI a job was: one table, feature by engine, which is also the table of docs/fidelity.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..dataclass import dataclass
from ..events import Fidelity
from ..workflow.model import (
    AddSshKeys,
    AttachWorkspace,
    Checkout,
    PersistToWorkspace,
    RestoreCache,
    Run,
    SaveCache,
    SetupRemoteDocker,
    Step,
    StoreArtifacts,
    StoreTestResults,
    Unsupported,
)
from .task import Task

FeatureKey = type | str
"""A row of the table: the class of a step, or the name of what is not a step."""
UsedFeature = tuple[FeatureKey, str]
"""A feature that a job used, and what the job says of it, which fills the ``{}`` of its row."""

ENGINES = ("host", "docker", "circleci", "kubernetes")
LEFT_OUT = "workspaces, caches, artifacts and test results are left out"
NO_CHECKOUT_KEY = "the key has <no value> for .CheckoutKey: CircleCI's SSH key is not here"
SKIPPED = "skipped: "
"""The begin of a text of a job that the engine does not run."""
NO_LIMITS = "resource_class sets no limits"
NO_IMAGES = "images are not used: steps find this machine's programs"
NO_SERVICES = "service containers are not started"
NO_TERMINAL = "steps have no terminal"
NO_ADDRESS = "requests come from this machine's address"
NO_CONTROL = "steps cannot open /dev/tty"
_ASKS_FOR_TERMINAL = re.compile(r"-t\s+[12]\b|(?<![\w./-])tty(?![\w./-])|/dev/tty\b|isatty")
_CHECKOUT_KEY = r"\{\{-?\s*\.CheckoutKey\b"
_ASKS_FOR_CONTROL = r"/dev/tty\b"


@dataclass(frozen=True)
class Feature:
    """A feature of a config, and what differs from CircleCI on each engine: nothing if a text is empty.

    ``{}`` in a text is replaced by what the job says: a number of files, a context's name.
    """

    feature: str
    host: str = ""
    docker: str = ""
    circleci: str = ""
    kubernetes: str = ""

    def on(self, engine: str) -> str:
        """Return what differs on that engine."""
        texts = (self.host, self.docker, self.circleci, self.kubernetes)
        return dict(zip(ENGINES, texts, strict=True))[engine]


NO_CONTEXT = "context {} is empty: there is no .circleci/contexts/{}.env here or in your home folder"
TABLE: dict[FeatureKey, Feature] = {
    Run: Feature("`run` steps"),
    Checkout: Feature("`checkout`"),
    AttachWorkspace: Feature("workspaces", circleci=LEFT_OUT),
    PersistToWorkspace: Feature("workspaces", circleci=LEFT_OUT),
    SaveCache: Feature("caches", circleci=LEFT_OUT),
    RestoreCache: Feature("caches", circleci=LEFT_OUT),
    "checkout key": Feature(
        "`{{ .CheckoutKey }}` in a cache key", NO_CHECKOUT_KEY, NO_CHECKOUT_KEY, LEFT_OUT, NO_CHECKOUT_KEY
    ),
    StoreArtifacts: Feature("`store_artifacts`", circleci=LEFT_OUT),
    StoreTestResults: Feature("`store_test_results`", circleci=LEFT_OUT),
    "parallelism": Feature("`parallelism`", circleci="one node runs alone"),
    "terminal": Feature(
        "a terminal, for steps whose text asks for one (`-t 1`, `tty`, `isatty`), without `--tty`",
        NO_TERMINAL,
        NO_TERMINAL,
        kubernetes=NO_TERMINAL,
    ),
    "controlling terminal": Feature(
        "`/dev/tty` in a step, with `--tty`", NO_CONTROL, NO_CONTROL, kubernetes=NO_CONTROL
    ),
    "image": Feature("the image of the `docker` executor", host=NO_IMAGES),
    "own entrypoint": Feature(
        "the entrypoint of the image itself (`command` without `entrypoint`, `com.circleci.preserve-entrypoint`)",
        host=NO_IMAGES,
        kubernetes="the image's own entrypoint does not run",
    ),
    "user name": Feature(
        "`user` of an image as a name, not a number (`root` is 0)",
        host=NO_IMAGES,
        kubernetes=f"{SKIPPED}a Pod takes a user's number",
    ),
    "auth": Feature(
        "`auth` of an image",
        host=NO_IMAGES,
        kubernetes="the cluster pulls images with its own secrets (`kubernetes.image-pull-secrets`)",
    ),
    "services": Feature("service containers", host=NO_SERVICES),
    "service name": Feature(
        "`name` of an image that no host can have, as with `_`",
        host=NO_SERVICES,
        kubernetes=f"{SKIPPED}a Pod takes names of hosts alone",
    ),
    "machine": Feature(
        "the `machine` executor",
        host="the machine image is not used: steps find this machine's programs",
        docker="the machine is a container",
        circleci="local execute has only docker",
        kubernetes=f"{SKIPPED}a Pod is no virtual machine",
    ),
    "macos": Feature(
        "the `macos` executor",
        host="the Xcode version is this machine's",
        docker="there are no macOS containers",
        circleci="local execute has only docker",
        kubernetes=f"{SKIPPED}Pods run Linux",
    ),
    "windows": Feature(
        "Windows executors",
        host=f"{SKIPPED}this machine runs no Windows",
        docker=f"{SKIPPED}containers here run Linux",
        circleci="local execute has only docker",
        kubernetes=f"{SKIPPED}Pods run Linux",
    ),
    "resource_class": Feature("`resource_class`", NO_LIMITS, "{}", NO_LIMITS, "{}"),
    "sudo": Feature("`sudo` in a step", host="{}", kubernetes="{}"),
    "absolute": Feature("absolute paths", host="{} is a folder of this machine"),
    "layers": Feature("folders that steps write to outside their own", host="{}"),
    AddSshKeys: Feature("`add_ssh_keys`", *["CircleCI's additional SSH keys are not here"] * 4),
    SetupRemoteDocker: Feature(
        "`setup_remote_docker`",
        host="steps find this machine's Docker engine",
        docker="the engine is this machine's, and offered only with --allow-docker",
        circleci="steps find this machine's Docker engine",
        kubernetes="a Pod has no Docker engine: the step is skipped",
    ),
    "ip_ranges": Feature(
        "`circleci_ip_ranges`", NO_ADDRESS, NO_ADDRESS, NO_ADDRESS, "requests come from the cluster's address"
    ),
    Unsupported: Feature("steps that only CircleCI's servers can do", *["{}"] * 4),
    "merged": Feature("a container for each job", circleci="{} run in one"),
    "lost": Feature("a job whose Pod was lost, run again (`--on-lost retry`)", kubernetes="{}"),
    "changed": Feature("a Pod that an admission controller changes, as by a LimitRange or a mesh", kubernetes="{}"),
    "reruns": Feature("`max_auto_reruns` of a step", circleci="the step runs once"),
    "context": Feature("contexts", *[NO_CONTEXT] * 4),
    "dirty": Feature("the revision under test", *["{}"] * 4),
    "left out": Feature("`--from`, `--only-steps`: steps that you leave out", *["{} did not run"] * 4),
    "stopped": Feature("steps run again or passed over, or a shell in the job, after a stop (`--pause`)", *["{}"] * 4),
}


def judge(used: Iterable[UsedFeature], engine: str) -> Fidelity:
    """Return how true to CircleCI a job was that used those features."""
    differences = dict.fromkeys(_difference(key, detail, engine) for key, detail in used)
    differences.pop("", None)
    return Fidelity("emulated", tuple(differences)) if differences else Fidelity("exact")


def with_features(found: Fidelity, used: Iterable[UsedFeature], engine: str) -> Fidelity:
    """Return the fidelity of a job that has run, with features of which its steps do not know."""
    more = judge(used, engine).differences
    if not more or found.level == "skipped":
        return found
    return Fidelity("emulated", (*found.differences, *more))


def _difference(key: FeatureKey, detail: str, engine: str) -> str:
    return TABLE[key].on(engine).replace("{}", detail)


def step_feature(step: Step) -> UsedFeature:
    """Return the feature that a step is itself."""
    return type(step), step.reason if isinstance(step, Unsupported) else ""


def job_features(task: Task) -> Iterator[tuple[str, str]]:
    """Yield the features that a job uses besides its steps."""
    job = task.job
    if job.executor in ("machine", "macos"):
        yield job.executor, ""
    if job.images:
        yield "image", ""
    if len(job.images) > 1:
        yield "services", ""
    if job.resource_class:
        yield "resource_class", ""
    if task.nodes > 1:
        yield "parallelism", ""
    if job.ip_ranges:
        yield "ip_ranges", ""
    for name in task.absent_contexts:
        yield "context", name
    if task.left_out:
        yield "left out", f"step{'s' * (len(task.left_out) > 1)} {numbers(task.left_out)}"


def numbers(steps: Iterable[int]) -> str:
    """Return the numbers of steps as people write them: ``1-3, 7``."""
    spans: list[list[int]] = []
    for each in sorted(steps):
        if spans and spans[-1][1] == each - 1:
            spans[-1][1] = each
        else:
            spans.append([each, each])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)


def run_features(command: str, terminal: bool = False) -> Iterator[tuple[str, str]]:
    """Yield what a ``run`` step's text uses that not every engine has: CircleCI gives steps a terminal.

    ``terminal``: steps have one here too (``--tty``), though it controls no process: ``/dev/tty`` is still missing.
    """
    if terminal and re.search(_ASKS_FOR_CONTROL, command):
        yield "controlling terminal", ""
    elif not terminal and _ASKS_FOR_TERMINAL.search(command):
        yield "terminal", ""


def key_features(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what the templates of cache keys use that only CircleCI has."""
    if any(re.search(_CHECKOUT_KEY, key) for key in keys):
        yield "checkout key", ""


def checkout_features(task: Task) -> Iterator[tuple[str, str]]:
    """Yield what a ``checkout`` step brings along that CircleCI has not seen."""
    files = task.work_tree.dirty
    if files:
        yield "dirty", f"{files} uncommitted file{'' if files == 1 else 's'}"


def table() -> str:
    """Return the table as Markdown, a row a feature."""
    rows = [(row.feature, *(row.on(engine) for engine in ENGINES)) for row in dict.fromkeys(TABLE.values())]
    cells = [(name, *(_cell(text) for text in texts)) for name, *texts in rows]
    head = [
        "| feature | " + " | ".join(f"`{engine}`" for engine in ENGINES) + " |",
        "| --- " * (len(ENGINES) + 1) + "|",
    ]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in cells)]) + "\n"


def _cell(text: str) -> str:
    if text.startswith(SKIPPED):
        return text
    shown = {"": "exact", "{}": "emulated: the job reports why"}
    return shown.get(text, f"emulated: {text.replace('{}', 'NAME')}")
