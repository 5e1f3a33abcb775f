"""The compiled config to typed jobs and workflows: the last place that sees YAML nodes."""

from __future__ import annotations

from collections.abc import Iterable

from ..compiler.compiled import Compiled, CompiledJob, CompiledWorkflow, Invocation
from ..errors import ConfigError, Problem, cut
from ..source.limits import LIMITS
from ..source.nodes import Mapping, Node, Scalar, Sequence
from . import load_environment
from .load_steps import step, words
from .model import Image, Job, JobInstance, Need, Step, Workflow


def workflows(compiled: Compiled, version_variable: str = "") -> tuple[Workflow, ...]:
    """Every workflow as a graph of typed jobs; ConfigError holds all that no runtime could use.

    ``version_variable`` is the project's ``python-from``: a job whose version lost its quotes is such a problem.
    """
    problems: list[Problem] = []
    jobs: dict[str, Job] = {}
    for name, compiled_job in compiled.jobs.items():
        problems += unquoted_versions(compiled_job, version_variable)
        try:
            jobs[name] = job(compiled_job)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return tuple(_workflow(workflow, jobs) for workflow in compiled.workflows)


def job(compiled: CompiledJob) -> Job:
    """One compiled job with every default filled in.

    https://circleci.com/docs/reference/configuration-reference/#jobs
    """
    body = compiled.body
    executor = next((kind for kind in ("docker", "machine", "macos") if body.get(kind) is not None), "none")
    machine = body.get("machine")
    return Job(
        name=compiled.name,
        position=compiled.position,
        steps=_steps(body.get("steps")),
        executor=executor,  # type: ignore[arg-type]  # one of the literals by construction
        images=_images(body.get("docker")),
        machine_image=_nested(machine, "image"),
        environment=load_environment.pairs(body.get("environment")),
        working_directory=_text(body, "working_directory") or "~/project",
        shell=_shell(body.get("shell") or _inner(machine, "shell")),
        resource_class=_text(body, "resource_class") or _nested(machine, "resource_class"),
        parallelism=_parallelism(body.get("parallelism")),
        ip_ranges=_text(body, "circleci_ip_ranges").lower() == "true",
    )


def _steps(node: Node | None) -> tuple[Step, ...]:
    if not isinstance(node, Sequence):
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
    return tuple(_image(item) for item in node.items) if isinstance(node, Sequence) else ()


def _image(node: Node) -> Image:
    if not isinstance(node, Mapping):
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
        auth=(_text(auth, "username"), _text(auth, "password")) if isinstance(auth, Mapping) else None,
        cloud_auth=next((key for key in ("aws_auth", "gcp_auth") if node.get(key) is not None), ""),
    )


def unquoted_versions(compiled: CompiledJob, variable: str) -> Iterable[Problem]:
    """The problem of a job whose variable of that name is a number, which has lost a version's last zero."""
    for key, value in _variables(compiled.body.get("environment")) if variable else ():
        if key == variable and isinstance(value, Scalar) and isinstance(value.value, float):
            message = f"{variable} is the number {value.value}, since it has no quotes: 3.10 would be read as 3.1"
            yield Problem(message, value.position, f"Write it in quotes: {variable}: '3.10'.")


def _variables(node: Node | None) -> Iterable[tuple[str, Node]]:
    maps = node.items if isinstance(node, Sequence) else [node]
    return [(key, value) for each in maps if isinstance(each, Mapping) for key, (_, value) in each.entries.items()]


def _text(body: Mapping, key: str) -> str:
    node = body.get(key)
    return "" if not isinstance(node, Scalar) or node.value is None else str(node.value)


def _inner(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Mapping) else None


def _nested(node: Node | None, key: str) -> str:
    return _text(node, key) if isinstance(node, Mapping) else ""


def _shell(node: Node | None) -> str:
    if isinstance(node, Sequence):
        return " ".join(words(node))
    return str(node.value) if isinstance(node, Scalar) and node.value is not None else ""


def _parallelism(node: Node | None) -> int:
    if not isinstance(node, Scalar) or node.value is None:
        return 1
    number = str(node.value) if isinstance(node.value, (int, str)) and not isinstance(node.value, bool) else ""
    if not number.isdecimal() or not int(number[:9]):
        raise ConfigError(
            Problem(f"parallelism must be a number from 1 up, not {cut(repr(node.value))}", node.position)
        )
    if len(number) > 9 or int(number) > LIMITS.parallelism:
        hint = f"{LIMITS.parallelism} is this program's own limit; CircleCI's depends on the plan and is lower."
        problem = f"parallelism is {cut(number)}, more than {LIMITS.parallelism} nodes"
        raise ConfigError(Problem(problem, node.position, hint))
    return int(number)


def _workflow(workflow: CompiledWorkflow, jobs: dict[str, Job]) -> Workflow:
    return Workflow(
        name=workflow.name,
        position=workflow.position,
        instances=tuple(_instance(invocation, jobs) for invocation in workflow.invocations),
        active=workflow.active,
        inactive_because=workflow.inactive_because,
        schedules=workflow.schedules,
        max_auto_reruns=workflow.max_auto_reruns,
    )


def _instance(invocation: Invocation, jobs: dict[str, Job]) -> JobInstance:
    executes = invocation.kind == "build"
    return JobInstance(
        name=invocation.name,
        kind="build" if executes else "approval" if invocation.kind == "approval" else "no-op",
        source_job=invocation.job,
        session=invocation.session,
        executors=invocation.executors,
        needs=tuple(Need(required.name, required.statuses) for required in invocation.requires),
        contexts=invocation.contexts,
        position=invocation.position,
        job=jobs.get(invocation.name) if executes else None,
        filtered=invocation.filtered,
        serial_group=invocation.serial_group,
        missing=invocation.missing,
    )
