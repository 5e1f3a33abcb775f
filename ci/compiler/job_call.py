"""A job called from outside, in place of the config's workflows: how a job runs that no workflow calls."""

from __future__ import annotations

from collections.abc import Mapping

from ..dataclass import dataclass, field
from ..errors import ConfigError
from ..source.load import load
from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..source.suggest import listing
from .definitions import Declaration, Definitions
from .diagnostics import Diagnostics
from .parameters import mismatch
from .pipeline_values import typed

OPTION = "--job-param"


@dataclass(frozen=True, slots=True)
class JobCall:
    """A job of the config, or ``orb/job``, and its arguments as text."""

    job: str
    texts: Mapping[str, str] = field(default_factory=dict)


def called(root: MapNode, call: JobCall, definitions: Definitions, diagnostics: Diagnostics) -> MapNode:
    """Return the config with one workflow that calls the job, in place of its own; arguments get their declared type.

    An argument that the job does not declare, or of another type, is reported by its name.
    """
    job = definitions.job(call.job, None, diagnostics)
    declared = job.declarations if job else {}
    arguments = {
        name: _argument(text, declared[name], diagnostics) for name, text in call.texts.items() if name in declared
    }
    if job:
        _report_unknown(call, declared, diagnostics)
    return _with_workflow(root, call.job, arguments)


def called_version2(root: MapNode, call: JobCall, diagnostics: Diagnostics) -> MapNode:
    """Return the same of a version 2 config, whose jobs have no parameters."""
    _report_unknown(call, {}, diagnostics)
    return _with_workflow(root, call.job, {})


def _report_unknown(call: JobCall, declared: Mapping[str, Declaration], diagnostics: Diagnostics) -> None:
    unknown = [name for name in call.texts if name not in declared]
    if unknown:
        near = " ".join(hint for hint in (diagnostics.suggest(name, declared) for name in unknown[:5]) if hint)
        known = f"job '{call.job}' has the parameters {listing(declared)}" if declared else "the job has no parameters"
        diagnostics.error(None, f"{OPTION}: Unexpected argument(s): {', '.join(unknown)}", near or known)


def _argument(text: str, declaration: Declaration, diagnostics: Diagnostics) -> Node:
    at = declaration.position
    value: Node = Scalar(typed(text, declaration), at.file, at.line, at.column)
    if declaration.type in ("steps", "executor") and text.lstrip().startswith(("[", "{")):
        value = _collection(text, declaration.name, diagnostics) or value
    problem = mismatch(value, declaration)
    if problem:
        hint = f"{OPTION} {declaration.name}=VALUE gave it"
        diagnostics.error(at, f"Type error for argument {declaration.name}: {problem}", hint)
    return value


def _collection(text: str, name: str, diagnostics: Diagnostics) -> Node | None:
    """Return the list or map in the text, which is YAML; None once its errors are reported."""
    try:
        return load(f"value: {text}", f"{OPTION} {name}", templates=False).get("value")
    except ConfigError as error:
        diagnostics.include(error)
        return None


def _with_workflow(root: MapNode, job: str, arguments: Mapping[str, Node]) -> MapNode:
    section = root.entries.get("jobs")
    at = section[0] if section else root
    if section and isinstance(section[1], MapNode) and job in section[1].entries:
        at = section[1].entries[job][0]

    def mapping(entries: Mapping[str, Node]) -> MapNode:
        pairs = {text: (Scalar(text, at.file, at.line, at.column), node) for text, node in entries.items()}
        return MapNode(pairs, at.file, at.line, at.column)

    listed = ListNode([mapping({job: mapping(arguments)})], at.file, at.line, at.column)
    version = Scalar(2, at.file, at.line, at.column)
    workflows = mapping({"version": version, job: mapping({"jobs": listed})})
    entries = {**root.entries, "workflows": (Scalar("workflows", at.file, at.line, at.column), workflows)}
    return MapNode(entries, root.file, root.line, root.column, root.tagged)
