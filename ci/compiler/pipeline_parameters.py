"""The pipeline parameters of one compile: declared in the config, given by whoever triggers the pipeline.

"Pipeline values and parameters" guide, "Pipeline parameters".
"""

from __future__ import annotations

from collections.abc import Mapping

from ..source.nodes import MapNode, Scalar, Value
from ..source.scalars import resolve
from ..source.suggest import first_names, listing
from .diagnostics import Diagnostics
from .parameters import Declaration, declarations, mismatch
from .pipeline_values import PipelineValues


def pipeline_parameters(root: MapNode, values: PipelineValues, diagnostics: Diagnostics) -> dict[str, Value]:
    """Every declared pipeline parameter with the value given for it, or else its default."""
    declared = declarations(root, "pipeline", diagnostics)
    found: dict[str, Value] = {}
    for name, declaration in declared.items():
        default = declaration.default
        found[name] = default.value if isinstance(default, Scalar) else None
    given = {**values.arguments, **{name: typed(text, declared.get(name)) for name, text in values.texts.items()}}
    _report_unknown(given, declared, diagnostics)
    for name, value in given.items():
        if name in declared and value is not None:
            found[name] = _accepted(value, declared[name], diagnostics)
    return found


def typed(text: str, declaration: Declaration | None) -> Value:
    """Return an argument given as text as the value that its declaration wants, if it can be read as that."""
    if declaration is None or declaration.type not in ("boolean", "integer", "enum"):
        return text
    if declaration.type == "enum":
        return next((member for member in declaration.members if _shown(member) == text), text)
    value = resolve(text.strip())
    wanted = bool if declaration.type == "boolean" else int
    return value if isinstance(value, wanted) and isinstance(value, bool) == (wanted is bool) else text


def _shown(member: Value) -> str:
    return ("true" if member else "false") if isinstance(member, bool) else str(member)


def _report_unknown(given: Mapping[str, Value], declared: Mapping[str, Declaration], diagnostics: Diagnostics) -> None:
    unknown = [name for name in given if name not in declared]
    if unknown:
        near = " ".join(hint for hint in (diagnostics.suggest(name, declared) for name in unknown[:5]) if hint)
        known = f"the config declares {listing(declared)}" if declared else "the config declares no pipeline parameters"
        diagnostics.error(None, f"Unexpected argument(s): {first_names(unknown, len(unknown))}", near or known)


def _accepted(value: Value, declaration: Declaration, diagnostics: Diagnostics) -> Value:
    at = declaration.position
    problem = mismatch(Scalar(value, at.file, at.line, at.column), declaration)
    if problem:
        diagnostics.error(
            at, f"Type error for argument {declaration.name}: {problem}", "a pipeline parameter, given from outside"
        )
    return value
