"""Jobs: a definition and its arguments become the body of a compiled job.

Configuration reference, "jobs"; reusable config reference, "Authoring parameterized jobs".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..workflow.job_instances import Kind
from .compiled import CompiledJob
from .define import extraneous
from .definitions import BROKEN, Argument, ExecutorChoice, JobDefinition, identity
from .diagnostics import Diagnostics
from .executors import KINDS, check_environment, instantiate, lift_machine, names_of, warn_of_class
from .expand import bind, choose, expand
from .scope import Scope, substitute, substitute_scalar

TYPES: tuple[Kind, ...] = ("build", "approval", "no-op", "release", "lock", "unlock")
BUILD_KEYS = (
    *KINDS,
    "executor",
    "steps",
    "parameters",
    "description",
    "type",
    "environment",
    "parallelism",
    "working_directory",
    "shell",
    "resource_class",
    "retention",
    "circleci_ip_ranges",
    "branches",
)
_DAYS = re.compile(r"(\d{1,3})d\Z")
_DROPPED = ("parameters", "description", "executor", "steps", "environment")


def compile_job(
    job: JobDefinition,
    given: Mapping[str, tuple[Scalar, Argument]],
    around: tuple[Node | None, Node | None],
    scope: Scope,
    place: Scalar,
) -> CompiledJob:
    """Return the body of ``job`` with the arguments and the steps around it of an entry in ``scope``.

    ``around`` has the pre-steps and the post-steps.
    """
    home = scope.inside(job.definitions, {})
    bound = bind(f"job '{place.value}'", job.declarations, given, scope, home, place)
    pre, post = (expand(steps, scope) if steps is not None else [] for steps in around)
    if pre or post:
        return _compile(job, scope.inside(job.definitions, bound), pre, post)
    key = (id(job), tuple(identity(value) for value in bound.values()))
    return scope.compilation.jobs.get(key, bound, lambda: _compile(job, scope.inside(job.definitions, bound), [], []))


def _compile(job: JobDefinition, scope: Scope, pre: list[Node], post: list[Node]) -> CompiledJob:
    body = job.body
    kind = _kind(job, scope)
    if kind != "build":
        _check_keys(job, kind, scope.compilation.diagnostics)
        entries = {
            text: (key, substitute(value, scope))
            for text, (key, value) in body.entries.items()
            if text not in ("parameters", "description")
        }
        return CompiledJob(MapNode(entries, body.file, body.line, body.column), kind, (), job.position)
    choice = _choice(body, scope)
    executor = instantiate(choice, scope) if choice else None
    entries = _merge(job, executor, scope)
    _check(job, entries, choice, scope.compilation.diagnostics)
    names = names_of(choice, {} if choice and executor and _inherits(body) else entries)
    steps_node = body.get("steps")
    if steps_node is None:
        _report_no_steps(job, scope.compilation.diagnostics)
    steps = [*pre, *expand(steps_node or BROKEN, scope), *post]
    at = steps_node or body
    steps_key = body.entries["steps"][0] if steps_node else Scalar("steps", at.file, at.line, at.column)
    entries["steps"] = (steps_key, ListNode(steps, at.file, at.line, at.column))
    return CompiledJob(MapNode(entries, body.file, body.line, body.column), kind, names, job.position)


def _inherits(body: MapNode) -> bool:
    """Return whether a job with an executor has no environment to run in of its own."""
    return not any(kind in body.entries for kind in KINDS)


def _report_no_steps(job: JobDefinition, diagnostics: Diagnostics) -> None:
    diagnostics.error(job.position, f"required key [steps] not found in job '{job.name}'", "a job needs steps to run")


def _kind(job: JobDefinition, scope: Scope) -> Kind:
    node = job.body.get("type")
    if node is None:
        return "build"
    value = substitute(node, scope)
    for kind in TYPES:
        if isinstance(value, Scalar) and value.value == kind:
            return kind
    if value is not BROKEN:
        shown = value.value if isinstance(value, Scalar) else "a collection"
        scope.compilation.diagnostics.error(
            node, f"job '{job.name}' cannot have the type {shown}", f"one of {', '.join(TYPES)}"
        )
    return "no-op"


def _check_keys(job: JobDefinition, kind: Kind, diagnostics: Diagnostics) -> None:
    """Report what a job of another type than build lacks."""
    for name in {"release": ("plan_name",), "lock": ("key",), "unlock": ("key",)}.get(kind, ()):
        if name not in job.body.entries:
            diagnostics.error(job.position, f"required key [{name}] not found in {kind} job '{job.name}'")


def _choice(body: MapNode, scope: Scope) -> ExecutorChoice | None:
    node = body.get("executor")
    if node is None:
        return None
    return choose(substitute_scalar(node, scope) if isinstance(node, Scalar) else node, scope)


def _merge(job: JobDefinition, executor: MapNode | None, scope: Scope) -> dict[str, tuple[Scalar, Node]]:
    """Return the executor's keys and over them the job's own, without steps; ``environment`` has both."""
    body = job.body
    own = {text: (key, substitute(value, scope)) for text, (key, value) in body.entries.items() if text not in _DROPPED}
    own = lift_machine(own)
    entries: dict[str, tuple[Scalar, Node]] = {}
    if executor is not None:
        replaced = KINDS if not _inherits(body) else ()
        entries = {k: v for k, v in executor.entries.items() if k not in replaced and k != "environment"}
    entries.update(own)
    written = body.entries.get("environment")
    inherited = executor.entries.get("environment") if executor else None
    key = written or inherited
    if key:
        united = _unite(inherited[1] if inherited else None, substitute(written[1], scope) if written else None)
        if united is not None:
            entries["environment"] = (key[0], united)
    return entries


def _unite(executor: Node | None, job: Node | None) -> Node | None:
    """Return the environment of a job with that of its executor, as a list of one-key maps if it has any.

    Reusable config reference, "Overriding keys when invoking an executor": the maps are additive and the job's value is
    used for a name that both have. In compiled 2.1 jobs the result is a list of one-key maps, in every job; those of
    steps and images stay maps.
    """
    if executor is None or executor.is_null:
        return _as_list(job)
    if job is None or job.is_null:
        return _as_list(executor)
    if isinstance(executor, MapNode) and isinstance(job, MapNode):
        entries = dict(executor.entries)
        entries.update(job.entries)
        return _as_list(MapNode(entries, job.file, job.line, job.column))
    first, second = _as_list(executor), _as_list(job)
    if not isinstance(first, ListNode) or not isinstance(second, ListNode):
        return second
    own = {name for item in second.items if isinstance(item, MapNode) for name in item.entries}
    kept = [item for item in first.items if not (isinstance(item, MapNode) and own.issuperset(item.entries))]
    return ListNode([*kept, *second.items], second.file, second.line, second.column)


def _as_list(node: Node | None) -> Node | None:
    if not isinstance(node, MapNode):
        return node
    items: list[Node] = [
        MapNode({name: entry}, entry[0].file, entry[0].line, entry[0].column) for name, entry in node.entries.items()
    ]
    return ListNode(items, node.file, node.line, node.column)


def _check(
    job: JobDefinition, entries: dict[str, tuple[Scalar, Node]], choice: ExecutorChoice | None, diagnostics: Diagnostics
) -> None:
    extraneous(job.body, BUILD_KEYS, f"job '{job.name}'", diagnostics)
    own = {text: entries[text] for text in job.body.entries if text in entries}
    check_environment(own, f"job '{job.name}'", diagnostics)
    warn_of_class(entries, diagnostics)
    if "retention" in own:
        _check_retention(own["retention"][1], diagnostics)
    if "executor" not in job.body.entries and not any(kind in entries for kind in KINDS):
        diagnostics.error(
            job.position, f"job '{job.name}' needs one of docker, machine, macos or executor", "say where it runs"
        )


def _check_retention(node: Node, diagnostics: Diagnostics) -> None:
    """Report a wrong retention.

    Configuration reference, "retention": its text says 1 to 15 days, its error message 1 to 30.
    """
    caches = node.get("caches") if isinstance(node, MapNode) else None
    if node is BROKEN or caches is BROKEN:
        return
    found = _DAYS.match(str(caches.value)) if isinstance(caches, Scalar) else None
    if not found or not 1 <= int(found[1]) <= 30:
        shown = caches.plain if caches else node.plain
        diagnostics.error(caches or node, f"retention of caches must be 1d to 30d, not {shown}", "for example 15d")
