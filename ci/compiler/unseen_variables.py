"""Variables that only an image's ``environment`` sets, used by steps that do not see them.

Configuration reference, "docker": an image's ``environment`` is for its container's own program; the steps' variables
are those of the job, the step, contexts and the project ("Set an environment variable" guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..source.shell_variables import unset
from .compiled import CompiledJob
from .diagnostics import Diagnostics

_HINT = "Write it under environment: of the job, if no context, project setting or script sets it."


def warn_of_image_variables(
    jobs: Mapping[str, CompiledJob], with_contexts: Iterable[str], diagnostics: Diagnostics
) -> None:
    """Warn of each variable of an image that a step's text uses and nothing in its job sets.

    Jobs with contexts are left out: what is in those is not known.
    """
    unknown = set(with_contexts)
    for name, job in jobs.items():
        if name not in unknown:
            for variable, key in _unseen(job.node):
                diagnostics.warn(key, f"steps use ${variable}, but an image's environment reaches no step", _HINT)


def _unseen(body: MapNode) -> Iterator[tuple[str, Scalar]]:
    images = {variable: key for image in _items(body.get("docker")) for variable, key in _names(_environment(image))}
    if not images:
        return
    runs = [run for step in _items(body.get("steps")) if (run := _run(step)) is not None]
    texts = [_command(run) for run in runs]
    found = (
        each for run, text in zip(runs, texts, strict=True) for each in unset(images, text, _set(body, run), texts)
    )
    for variable in dict.fromkeys(found):
        yield variable, images[variable]


def _set(*nodes: Node) -> set[str]:
    """Return the names that the nodes' ``environment`` sets."""
    return {variable for node in nodes for variable, _ in _names(_environment(node))}


def _items(node: Node | None) -> list[Node]:
    return node.items if isinstance(node, ListNode) else []


def _environment(node: Node) -> Node | None:
    return node.get("environment") if isinstance(node, MapNode) else None


def _names(node: Node | None) -> Iterator[tuple[str, Scalar]]:
    """Yield the names of an ``environment``, a map or a list of maps, with their keys."""
    for item in [node] if isinstance(node, MapNode) else _items(node):
        if isinstance(item, MapNode):
            yield from ((name, key) for name, (key, _) in item.entries.items())


def _run(step: Node) -> Node | None:
    """Return what stands below ``run`` or ``deploy``."""
    if not isinstance(step, MapNode):
        return None
    run = step.get("run")
    return step.get("deploy") if run is None else run


def _command(run: Node) -> str:
    node = run.get("command") if isinstance(run, MapNode) else run
    return str(node.value) if isinstance(node, Scalar) else ""
