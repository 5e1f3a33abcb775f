"""One entry of a workflow's ``jobs``: its attributes, its arguments, and the job instances that it stands for.

Configuration reference, "jobs" in workflows; "matrix"; "override-with"; "serial-group"; "context"; "type".
"""

from __future__ import annotations

import re

from ..dataclass import dataclass
from ..source.nodes import ListNode, MapNode, Node, Scalar
from ..source.suggest import first_names
from ..workflow.job_instances import Kind
from .compiled import CompiledJob
from .definitions import BROKEN, Argument, JobDefinition
from .diagnostics import Diagnostics
from .filters import decide
from .instances import InstanceDraft
from .jobs import compile_job
from .matrix import Combination, Matrix, default_name, read_matrix, shown
from .requires import read
from .scope import Scope, substitute

ATTRIBUTES = (
    "name",
    "requires",
    "context",
    "type",
    "filters",
    "matrix",
    "pre-steps",
    "post-steps",
    "serial-group",
    "override-with",
)
"""What an entry says about the instance; every other key is an argument of the job."""
_NAMES_MATRIX = re.compile(r"<<[^<>]*\bmatrix\.")
_SERIAL_GROUP = re.compile(r"[A-Za-z0-9.\-_/]{1,512}\Z")


@dataclass(frozen=True, slots=True)
class WorkflowJob:
    """One item of a workflow's ``jobs``: the job's name as the key, and what is written below it."""

    key: Scalar
    attributes: MapNode

    @property
    def job(self) -> str:
        return str(self.key.value)

    def get(self, name: str) -> Node | None:
        return self.attributes.get(name)

    @property
    def arguments(self) -> dict[str, tuple[Scalar, Node]]:
        return {text: entry for text, entry in self.attributes.entries.items() if text not in ATTRIBUTES}


def read_workflow_job(item: Node, diagnostics: Diagnostics) -> WorkflowJob | None:
    """Return the entry in an item of ``jobs``: a name, or a map from one name to attributes; None once reported."""
    if isinstance(item, Scalar) and item.value is not None:
        return WorkflowJob(_name(item), MapNode({}, item.file, item.line, item.column))
    if isinstance(item, MapNode) and len(item.entries) == 1:
        ((name, (key, attributes)),) = item.entries.items()
        if attributes.is_null:
            attributes = MapNode({}, key.file, key.line, key.column)
        if isinstance(attributes, MapNode):
            return WorkflowJob(Scalar(name, key.file, key.line, key.column), attributes)
        diagnostics.error(attributes, f"what is written below job '{name}' must be a map")
        return None
    if isinstance(item, MapNode):
        names = first_names(item.entries, len(item.entries)) or "none"
        hint = "indent what belongs to the job further than its name"
        diagnostics.error(item, f"an entry of a workflow's jobs has exactly one key, this one has: {names}", hint)
    else:
        diagnostics.error(item, "an entry of a workflow's jobs is a job's name, or a map from it to attributes")
    return None


def _name(item: Scalar) -> Scalar:
    text = ("true" if item.value else "false") if isinstance(item.value, bool) else str(item.value)
    return Scalar(text, item.file, item.line, item.column)


def expand_workflow_job(workflow_job: WorkflowJob, scope: Scope) -> list[InstanceDraft]:
    """Return the job instances of an entry: one, or one for each combination of its matrix."""
    compilation = scope.compilation
    matrix_node = workflow_job.get("matrix")
    with compilation.diagnostics.within(f"Error calling job: '{workflow_job.job}'", workflow_job.key.position):
        if matrix_node is None:
            compilation.budget.spend_instances(1, workflow_job.key)
            draft = _instance(workflow_job, scope, None, None)
            return [draft] if draft else []
        matrix = read_matrix(matrix_node, scope)
        if matrix is None:
            return []
        _check_matrix(workflow_job, matrix, compilation.diagnostics)
        return _combined(workflow_job, matrix, scope)


def _check_matrix(workflow_job: WorkflowJob, matrix: Matrix, diagnostics: Diagnostics) -> None:
    """Warn of arguments that the matrix replaces: CircleCI takes them and uses the matrix's values."""
    for name in matrix.axes:
        if name in workflow_job.arguments:
            key = workflow_job.arguments[name][0]
            message = f"the argument '{name}' is not used: the matrix has a parameter of that name"
            diagnostics.warn(key, message, "remove the argument, or the parameter of the matrix")


def _combined(workflow_job: WorkflowJob, matrix: Matrix, scope: Scope) -> list[InstanceDraft]:
    drafts: list[InstanceDraft] = []
    for combination in matrix.combinations():
        scope.compilation.budget.spend_instances(1, workflow_job.key)
        draft = _instance(workflow_job, scope.with_matrix(combination), matrix, combination)
        if draft is not None:
            drafts.append(draft)
    if not drafts and not scope.compilation.diagnostics.count:
        scope.compilation.diagnostics.warn(
            workflow_job.key, f"the matrix of '{workflow_job.job}' has no combination left"
        )
    return drafts


def _instance(
    workflow_job: WorkflowJob, scope: Scope, matrix: Matrix | None, combination: Combination | None
) -> InstanceDraft | None:
    """Return one job instance; None if its job cannot be found, which is reported."""
    diagnostics = scope.compilation.diagnostics
    approval = _is_approval(workflow_job, scope)
    body, missing = (None, ()) if approval else _body_or_missing(workflow_job, scope, matrix, combination)
    if approval and workflow_job.arguments:
        first = next(iter(workflow_job.arguments.values()))[0]
        diagnostics.error(
            first,
            f"Unexpected argument(s): {first_names(workflow_job.arguments, len(workflow_job.arguments))}",
            "an approval has no arguments",
        )
    if not approval and body is None and not missing:
        return None
    filters = decide(workflow_job.get("filters"), scope)
    kind: Kind = "approval" if approval else "build" if body is None else body.kind
    draft = InstanceDraft(
        _instance_name(workflow_job, scope, combination), workflow_job.job, kind, "", workflow_job.key.position
    )
    draft.session = _session(workflow_job, draft.name, matrix)
    draft.workflow_job = workflow_job
    draft.apply(filters)
    draft.missing = missing
    if matrix is not None:
        draft.alias, draft.own_alias = matrix.alias or workflow_job.job, bool(matrix.alias)
        draft.matrix = tuple((name, shown(value)) for name, value in (combination or {}).items())
    if body is not None:
        draft.compiled = body
    requires = workflow_job.get("requires")
    draft.wanted = read(substitute(requires, scope) if requires is not None else None, diagnostics)
    _keep_attributes(draft, workflow_job, filters.kept, approval, scope)
    return draft


def _is_approval(workflow_job: WorkflowJob, scope: Scope) -> bool:
    node = workflow_job.get("type")
    if node is None:
        return False
    value = substitute(node, scope)
    if isinstance(value, Scalar) and value.value == "approval":
        return True
    if value is not BROKEN:
        hint = "other types are written in the job's definition"
        scope.compilation.diagnostics.error(
            node, f"the type in a workflow can only be approval, not {value.plain}", hint
        )
    return False


def _body_or_missing(
    workflow_job: WorkflowJob, scope: Scope, matrix: Matrix | None, combination: Combination | None
) -> tuple[CompiledJob | None, tuple[str, ...]]:
    """Return the body of an instance's job, or the missing orbs that it hangs on."""
    with scope.compilation.diagnostics.missing.met(None) as missing:
        body = _body(workflow_job, scope, matrix, combination)
    return (None if missing else body), tuple(missing)


def _body(
    workflow_job: WorkflowJob, scope: Scope, matrix: Matrix | None, combination: Combination | None
) -> CompiledJob | None:
    job = _job(workflow_job, scope)
    if job is None:
        return None
    given: dict[str, tuple[Scalar, Argument]] = dict(workflow_job.arguments)
    if matrix is not None and combination is not None:
        given.update({name: (matrix.keys[name], value) for name, value in combination.items()})
    around = (workflow_job.get("pre-steps"), workflow_job.get("post-steps"))
    return compile_job(job, given, around, scope, workflow_job.key)


def _job(workflow_job: WorkflowJob, scope: Scope) -> JobDefinition | None:
    """Return the entry's job, or the orb's job that overrides it if the orb has that one."""
    diagnostics = scope.compilation.diagnostics
    override = workflow_job.get("override-with")
    if override is not None:
        value = substitute(override, scope)
        name = value.value if isinstance(value, Scalar) else None
        if not isinstance(name, str) or "/" not in name:
            if value is not BROKEN:
                diagnostics.error(override, "override-with must name a job of an orb, as orb/job")
        else:
            alias, _, local = name.partition("/")
            orb = scope.definitions.orbs.get(alias)
            if orb is None or orb.missing:
                scope.definitions.job(name, override, diagnostics)
            elif local in orb.jobs:
                return orb.jobs[local]
    return scope.definitions.job(workflow_job.job, workflow_job.key, diagnostics)


def _instance_name(workflow_job: WorkflowJob, scope: Scope, combination: Combination | None) -> str:
    node = workflow_job.get("name")
    if node is None:
        return workflow_job.job if combination is None else default_name(workflow_job.job, combination)
    value = substitute(node, scope)
    if isinstance(value, Scalar) and value.value is not None and value is not BROKEN and str(value.value).strip():
        return ("true" if value.value else "false") if isinstance(value.value, bool) else str(value.value)
    if value is not BROKEN:
        scope.compilation.diagnostics.error(node, "The value of `name` must be a string")
    return workflow_job.job


def _session(workflow_job: WorkflowJob, name: str, matrix: Matrix | None) -> str:
    """Return the entry's own name if no matrix value is in it, else the matrix alias, else the job's name."""
    node = workflow_job.get("name")
    if node is not None and not (isinstance(node, Scalar) and _NAMES_MATRIX.search(str(node.value))):
        return name
    return (matrix.alias if matrix is not None else "") or workflow_job.job


def _keep_attributes(
    draft: InstanceDraft, workflow_job: WorkflowJob, filters: Node | None, approval: bool, scope: Scope
) -> None:
    """Keep the attributes of the compiled entry: type, filters, context and serial-group."""
    if approval:
        draft.attributes["type"] = Scalar("approval", draft.position.file, draft.position.line, draft.position.column)
    if filters is not None:
        draft.attributes["filters"] = filters
    context = workflow_job.get("context")
    if context is not None:
        node = substitute(context, scope)
        draft.contexts = _contexts(node, scope.compilation.diagnostics)
        if not node.is_null:
            draft.attributes["context"] = node
    group = workflow_job.get("serial-group")
    if group is not None:
        draft.serial_group = serial_group(group, scope)
        draft.attributes["serial-group"] = substitute(group, scope)


def _contexts(node: Node, diagnostics: Diagnostics) -> tuple[str, ...]:
    names: list[str] = []
    for item in node.items if isinstance(node, ListNode) else [node]:
        if item.text is not None:
            names.append(item.text)
        elif not item.is_null:
            diagnostics.error(item, "a context is a name, or a list of names")
    return tuple(dict.fromkeys(name for name in names if name))


def serial_group(node: Node, scope: Scope) -> str:
    """Return the key of a serial group; report any other value and return an empty string."""
    value = substitute(node, scope)
    if isinstance(value, Scalar) and _SERIAL_GROUP.match(str(value.value)) and value is not BROKEN:
        return str(value.value)
    if value is not BROKEN:
        rule = "1 to 512 characters of letters, digits, '.', '-', '_' and '/'"
        scope.compilation.diagnostics.error(node, f"a serial-group is {rule}, not: {str(value.plain)[:80]}")
    return ""
