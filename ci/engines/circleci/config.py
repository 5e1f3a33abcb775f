"""A job as the version 2 config of one ``local execute``, and what of it that cannot do. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ...compiler.compiled import Compiled
from ...compiler.emit import emit
from ...workflow.model import NO_OUTPUT_TIMEOUT, Checkout, Image, Job, Run, SetupRemoteDocker, Step

Yaml = dict[str, object]


def version2(workflow: str, job: Job) -> str:
    """Return the YAML text of a config with that job alone, its left-out steps not in it."""
    return emit(Compiled(_document(workflow, job), {}, ()))


def version2_1(workflow: str, job: Job) -> str:
    """Return the same for a server that refuses version 2, as CircleCI's do since 21 September 2026.

    What would begin a template there is escaped. https://circleci.com/docs/reference/configuration-reference/
    """
    document = _escaped(_document(workflow, job))
    assert isinstance(document, dict)
    document["workflows"].pop("version")
    return emit(Compiled({**document, "version": 2.1}, {}, ()))


def _document(workflow: str, job: Job) -> Yaml:
    body: Yaml = {"docker": [_container(image) for image in job.images], "working_directory": job.working_directory}
    body |= _set(shell=job.shell, environment=dict(job.environment))
    body["steps"] = [_step(step) for step in job.steps if can_do(step)]
    return {
        "version": 2,
        "jobs": {job.name: body},
        "workflows": {"version": 2, workflow: {"jobs": [job.name]}},
    }


def _escaped(value: object) -> object:
    if isinstance(value, str):
        return value.replace("<<", "\\<<")
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    return {key: _escaped(each) for key, each in value.items()} if isinstance(value, dict) else value


def can_do(step: Step) -> bool:
    """Whether ``local execute`` has that step: workspaces, caches, artifacts, results and keys it has not.

    https://circleci.com/docs/guides/toolkit/how-to-use-the-circleci-local-cli/, limitations
    """
    return isinstance(step, (Run, Checkout, SetupRemoteDocker))


def left_out(job: Job) -> tuple[str, ...]:
    """Return the names of the steps that are not run, each once."""
    return tuple(dict.fromkeys(step.name for step in job.steps if not can_do(step)))


def _step(step: Step) -> object:
    if isinstance(step, Run):
        return {"run": dict(_run(step))}
    if isinstance(step, Checkout):
        return {"checkout": {"path": step.path}} if step.path else "checkout"
    return "setup_remote_docker"


def _run(step: Run) -> Iterator[tuple[str, object]]:
    if step.name != step.command:
        yield "name", step.name
    yield "command", step.command
    yield from _set(
        shell=step.shell, environment=dict(step.environment), working_directory=step.working_directory
    ).items()
    if step.background:
        yield "background", True
    if step.no_output_timeout != NO_OUTPUT_TIMEOUT:
        yield "no_output_timeout", f"{step.no_output_timeout:g}s"
    if step.when != "on_success":
        yield "when", step.when


def _container(image: Image) -> Yaml:
    container: Yaml = {"image": image.image}
    container |= _set(name=image.name, user=image.user, environment=dict(image.environment))
    for key, words in (("entrypoint", image.entrypoint), ("command", image.command)):
        if words is not None:
            container[key] = list(words)
    if image.auth:
        container["auth"] = dict(zip(("username", "password"), image.auth, strict=True))
    return container


def _set(**values: object) -> Yaml:
    """Those of the keys that have something to say."""
    return {key: value for key, value in values.items() if value}
