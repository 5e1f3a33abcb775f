"""The compiled config to typed jobs and workflows: the last place that sees YAML nodes."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Protocol

from ..dataclass import replace
from ..errors import ConfigError, Position, Problem, cut
from ..source.limits import LIMITS
from ..source.nodes import ListNode, MapNode, Node, Scalar
from . import load_environment
from .job_instances import JobInstance, Workflow
from .load_steps import step, words
from .model import EXECUTORS, ExecutorKind, Image, Job, Step


class JobNode(Protocol):
    """A job of the compiled config as its node, which is in version 2 shape, and where the job is defined."""

    @property
    def node(self) -> MapNode: ...

    @property
    def position(self) -> Position: ...


def workflows(
    compiled: Iterable[Workflow], nodes: Mapping[str, JobNode], version_variable: str = ""
) -> tuple[Workflow, ...]:
    """Return the compiled workflows with their typed jobs; raise ConfigError with all that no runtime could use.

    ``nodes`` are the jobs by their final names. ``version_variable`` is the project's ``python-from``: a job whose
    version lost its quotes is such a problem.
    """
    problems: list[Problem] = []
    jobs: dict[str, Job] = {}
    for name, each in nodes.items():
        problems += unquoted_versions(each.node, version_variable)
        try:
            jobs[name] = job(name, each.node, each.position)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return tuple(
        replace(workflow, instances=tuple(_with_job(instance, jobs) for instance in workflow.instances))
        for workflow in compiled
    )


def _with_job(instance: JobInstance, jobs: dict[str, Job]) -> JobInstance:
    """Return the instance with its job; a release or the lock of a serial group does nothing in a local run."""
    if instance.kind == "build":
        return replace(instance, job=jobs.get(instance.name))
    return instance if instance.kind == "approval" else replace(instance, kind="no-op")


def job(name: str, node: MapNode, position: Position) -> Job:
    """Return one compiled job with every default filled in.

    https://circleci.com/docs/reference/configuration-reference/#jobs
    """
    executor: ExecutorKind = next((kind for kind in EXECUTORS if node.get(kind) is not None), "none")
    machine = node.get("machine")
    return Job(
        name=name,
        position=position,
        steps=_steps(node.get("steps")),
        executor=executor,
        images=_images(node.get("docker")),
        machine_image=_nested(machine, "image"),
        environment=load_environment.pairs(node.get("environment")),
        working_directory=_text(node, "working_directory") or "~/project",
        shell=_shell(node.get("shell") or _inner(machine, "shell")),
        resource_class=_text(node, "resource_class") or _nested(machine, "resource_class"),
        parallelism=_parallelism(node.get("parallelism")),
        ip_ranges=_text(node, "circleci_ip_ranges").lower() == "true",
    )


def _steps(node: Node | None) -> tuple[Step, ...]:
    if not isinstance(node, ListNode):
        return ()
    steps: list[Step] = []
    problems: list[Problem] = []
    for item in node.items:
        try:
            steps.append(step(item))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return tuple(steps)


def _images(node: Node | None) -> tuple[Image, ...]:
    return tuple(_image(item) for item in node.items) if isinstance(node, ListNode) else ()


def _image(node: Node) -> Image:
    if not isinstance(node, MapNode):
        return Image(str(node.plain), node.position)
    auth = node.get("auth")
    return Image(
        image=_text(node, "image"),
        position=node.position,
        name=_text(node, "name"),
        user=_text(node, "user"),
        entrypoint=words(node.get("entrypoint")) if node.get("entrypoint") is not None else None,
        command=words(node.get("command")) if node.get("command") is not None else None,
        environment=load_environment.pairs(node.get("environment")),
        auth=(_text(auth, "username"), _text(auth, "password")) if isinstance(auth, MapNode) else None,
        cloud_auth=next((key for key in ("aws_auth", "gcp_auth") if node.get(key) is not None), ""),
    )


def unquoted_versions(job: MapNode, variable: str) -> Iterable[Problem]:
    """Yield the problem of a job whose variable of that name is a number, which has lost a version's last zero."""
    for key, value in _variables(job.get("environment")) if variable else ():
        if key == variable and isinstance(value, Scalar) and isinstance(value.value, float):
            message = f"{variable} is the number {value.value}, since it has no quotes: 3.10 would be read as 3.1"
            yield Problem(message, value.position, f"Write it in quotes: {variable}: '3.10'.")


def _variables(node: Node | None) -> Iterable[tuple[str, Node]]:
    maps = node.items if isinstance(node, ListNode) else [node]
    return [(key, value) for each in maps if isinstance(each, MapNode) for key, (_, value) in each.entries.items()]


def _text(body: MapNode, key: str) -> str:
    node = body.get(key)
    return "" if not isinstance(node, Scalar) or node.value is None else str(node.value)


def _inner(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, MapNode) else None


def _nested(node: Node | None, key: str) -> str:
    return _text(node, key) if isinstance(node, MapNode) else ""


def _shell(node: Node | None) -> str:
    if isinstance(node, ListNode):
        return shlex.join(words(node))
    return str(node.value) if isinstance(node, Scalar) and node.value is not None else ""


def _parallelism(node: Node | None) -> int:
    if not isinstance(node, Scalar) or node.value is None:
        return 1
    number = str(node.value) if isinstance(node.value, (int, str)) and not isinstance(node.value, bool) else ""
    if not number.isdecimal() or not int(number[:9]):
        raise ConfigError(
            Problem(f"parallelism must be a whole number of at least 1, not {cut(repr(node.value))}", node.position)
        )
    if len(number) > 9 or int(number) > LIMITS.parallelism:
        hint = f"{LIMITS.parallelism} is this program's own limit; CircleCI's depends on the plan and is lower."
        problem = f"parallelism is {cut(number)}, more than {LIMITS.parallelism} nodes"
        raise ConfigError(Problem(problem, node.position, hint))
    return int(number)
