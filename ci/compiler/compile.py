"""The compiler: the text of a config becomes what CircleCI would run. Pure: no I/O, no clock, no environment.

"Pipeline values and parameters" guide, "Configuration processing stages": pipeline parameters, orbs, then the rest.
"""

from __future__ import annotations

from collections.abc import Callable

from ..dataclass import dataclass
from ..errors import ConfigError, Position, Problem
from ..source.load import load
from ..source.nodes import ListNode, MapNode, Node, Scalar, is_anchored
from ..source.suggest import first_names, listing
from .announced import Announced, check_version
from .builtin_steps import REQUIRED
from .compilation import Compilation
from .compiled import Compiled
from .definitions import ANY, Definitions
from .diagnostics import Diagnostics, as_installed
from .document import compiled_jobs, document, with_contexts
from .inactive_patterns import warn_of_patterns
from .instances import assign_names
from .java_regex import Matcher, no_clock
from .job_call import JobCall, called
from .job_groups import read_groups
from .orb_imports import Importer, NoOrbs, OrbSource, OrbSources
from .pipeline_values import PipelineValues, pipeline_parameters
from .scope import Scope
from .unseen_variables import warn_of_image_variables
from .version2 import compile_version2
from .workflows import WorkflowDraft, read_workflow

__all__ = ["Mode", "NoOrbs", "OrbSource", "OrbSources", "compile_config"]

TOP_LEVEL = (
    "version",
    "setup",
    "orbs",
    "commands",
    "parameters",
    "executors",
    "jobs",
    "job-groups",
    "workflows",
    "functions",
    "experimental",
)


@dataclass(frozen=True, slots=True)
class Mode:
    """How strictly a config is compiled, and by whose clock."""

    clock: Callable[[], float] = no_clock
    """Measures the time that regular expressions take together."""
    announced: Announced = "accepted"
    """What becomes of what CircleCI's compiler refuses since 21 September 2026."""
    partial: bool = False
    """Whether a missing orb is not an error: the jobs that hang on it have no body then."""
    command: Callable[[str], str] = as_installed
    """Returns a command of ours, which hints name, as their reader types it."""


PURE = Mode()


def compile_config(
    text: str,
    file: str,
    values: PipelineValues,
    orbs: OrbSources,
    call: JobCall | None = None,
    mode: Mode = PURE,
) -> Compiled:
    """Return the compiled config, or what one job of it compiles to if there is a ``call``.

    Raise ConfigError with every problem found, in the order of the source.
    """
    try:
        diagnostics = Diagnostics(file, mode.announced, mode.command)
        compilation = Compilation(diagnostics, values.with_defaults(), matcher=Matcher(mode.clock))
        compiled = _compile_text(text, file, values, Importer(compilation, orbs), call)
    except RecursionError:
        raise ConfigError(Problem("the steps, conditions and commands nest too deeply", Position(file, 1, 1))) from None
    if compiled.missing and not mode.partial:
        error = ConfigError(*compiled.missing)
        error.warnings = compiled.warnings
        raise error
    return compiled


def _compile_text(text: str, file: str, values: PipelineValues, importer: Importer, call: JobCall | None) -> Compiled:
    compilation = importer.compilation
    root = load(text, file, ignored=lambda position: _warn_of_document(position, compilation.diagnostics))
    version = _version(root, compilation.diagnostics)
    if version == 2:
        return compile_version2(load(text, file, templates=False) if root.tagged else root, compilation, call)
    return _compile(root, values, importer, call)


def _warn_of_document(position: Position, diagnostics: Diagnostics) -> None:
    message = "a second document begins here: CircleCI reads the first one alone, the rest is ignored"
    diagnostics.warn(position, message, "Remove the line ---, or what follows it.")


def _version(root: MapNode, diagnostics: Diagnostics) -> float:
    """Return 2 or 2.1; raise ConfigError for any other version."""
    node = root.get("version")
    text = str(node.value) if isinstance(node, Scalar) else ""
    if text in ("2", "2.0"):
        check_version(text, node, diagnostics)
        return 2
    if text != "2.1":
        if node is None:
            diagnostics.error(root, "required key [version] not found", "write version: 2.1")
        else:
            diagnostics.error(node, f"the version must be 2.1 or 2, not {node.plain}")
        diagnostics.raise_errors()
    return 2.1


def _compile(root: MapNode, values: PipelineValues, importer: Importer, call: JobCall | None) -> Compiled:
    compilation = importer.compilation
    diagnostics = compilation.diagnostics
    try:
        _check_top_level(root, diagnostics)
        definitions = Definitions(pipeline_parameters=pipeline_parameters(root, values, diagnostics))
        _refuse_functions(root, definitions, diagnostics)
        importer.fill(root, definitions)
        if call:
            root = called(root, call, definitions, diagnostics)
        workflows = _read_workflows(root, Scope(compilation, definitions))
    except ConfigError as error:
        diagnostics.include(error)
    diagnostics.raise_errors()
    _warn_of_unused(root, diagnostics)
    if diagnostics.choice == "refused":
        warn_of_patterns(root, diagnostics)
    active = [workflow for workflow in workflows if not workflow.inactive_because]
    assign_names([workflow.drafts for workflow in active])
    jobs = compiled_jobs(active)
    warn_of_image_variables(jobs, with_contexts(active), diagnostics)
    setup_node = root.get("setup")
    setup = isinstance(setup_node, Scalar) and setup_node.value is True
    if setup:
        _warn_of_setup(root, active, diagnostics)
    return Compiled(
        document=document(jobs, active),
        jobs=jobs,
        workflows=tuple(workflow.workflow() for workflow in workflows),
        comments=(*_overrides(definitions), *importer.comments),
        warnings=diagnostics.warnings,
        setup=setup,
        chosen=tuple(importer.chosen),
        missing=diagnostics.missing.problems,
        declared=tuple(definitions.jobs),
    )


def _check_top_level(root: MapNode, diagnostics: Diagnostics) -> None:
    """Check the shape of the known keys; others pass, since they are the usual place for anchors."""
    setup = root.get("setup")
    if setup is not None and not (isinstance(setup, Scalar) and isinstance(setup.value, bool)):
        diagnostics.error(setup, "setup must be true or false")
    absent = [text for text in TOP_LEVEL if text not in root.entries]
    for text in [text for text in root.entries if text not in TOP_LEVEL][:100]:
        key, value = root.entries[text]
        near = "" if is_anchored(key, value) else diagnostics.suggest(text, absent)
        if near:
            diagnostics.warn(key, f"the key '{text}' means nothing to CircleCI", near)


def _warn_of_unused(root: MapNode, diagnostics: Diagnostics) -> None:
    """Warn of a missing orb of the config itself that nothing uses."""
    for problem in diagnostics.missing.unused:
        if problem.position and problem.position.file == root.file:
            diagnostics.warn(problem.position, f"{problem.message}, which nothing uses", problem.hint)


def _refuse_functions(root: MapNode, definitions: Definitions, diagnostics: Diagnostics) -> None:
    """Report functions (beta) as unsupported: they are programs that CircleCI fetches at run time."""
    if "functions" not in root.entries:
        return
    key, node = root.entries["functions"]
    if node.is_null:
        return
    names = list(node.entries) if isinstance(node, MapNode) else []
    message = f"functions are not supported here: {listing(names)}" if names else "functions are not supported here"
    diagnostics.error(key, message, "they are programs that CircleCI fetches at run time")
    definitions.invalid |= {(kind, name) for name in names for kind in ("command", "orb")}


def _warn_of_setup(root: MapNode, active: list[WorkflowDraft], diagnostics: Diagnostics) -> None:
    """Warn of a setup config that leaves several workflows.

    "Dynamic configuration" guide: one runs in the setup phase.
    """
    if len(active) > 1:
        names = first_names((workflow.name for workflow in active), len(active))
        message = f"a setup config should leave one workflow to run, this one leaves: {names}"
        diagnostics.warn(root.entries["setup"][0], message, "give them when conditions")


def _read_workflows(root: MapNode, scope: Scope) -> list[WorkflowDraft]:
    diagnostics = scope.compilation.diagnostics
    groups = read_groups(root, scope)
    node = root.get("workflows")
    if node is None or node.is_null:
        return _implicit_workflow(root, scope)
    if not isinstance(node, MapNode):
        diagnostics.error(node, "workflows must be a map from names to workflows")
        return []
    return [
        read_workflow(key, name, body, groups, scope) for name, (key, body) in node.entries.items() if name != "version"
    ]


def _implicit_workflow(root: MapNode, scope: Scope) -> list[WorkflowDraft]:
    """Return the workflow ``workflow`` with the job ``build``, for a config that has this job and no workflows."""
    if "build" not in scope.definitions.jobs:
        if ("job", "build") in scope.definitions.unusable:
            scope.definitions.job("build", root, scope.compilation.diagnostics)
        elif scope.definitions.invalid.isdisjoint((("job", "build"), ("job", ANY))):
            message = "there are no workflows, and no job called build to run without them"
            scope.compilation.diagnostics.error(root, message, "add workflows:")
        return []
    jobs = root.entries["jobs"][1]
    key = jobs.entries["build"][0] if isinstance(jobs, MapNode) else root.entries["jobs"][0]
    listed: Node = ListNode([Scalar("build", key.file, key.line, key.column)], key.file, key.line, key.column)
    body = MapNode({"jobs": (key, listed)}, key.file, key.line, key.column)
    return [read_workflow(key, "workflow", body, {}, scope)]


def _overrides(definitions: Definitions) -> list[str]:
    """Return a comment for each command that stands for a built-in step, as CircleCI's compiler writes it."""
    return [
        f"# WARNING: Command '{name}' in commands.{name} may override built-in CircleCI command '{name}'"
        for name in definitions.commands
        if name in REQUIRED
    ]
