"""Workflows' graphs in the languages of Mermaid and of Graphviz."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..escapes import visible_name
from ..workflow.job_instances import Workflow
from ..workflow.job_rows import JobRow, job_rows
from .graph_text import graph_head, needs_words

_MERMAID = {'"': "#quot;", "#": "#35;", "`": "#96;", "<": "#lt;", ">": "#gt;", "\\": "#92;"}


def mermaid(workflows: Sequence[Workflow]) -> str:
    """Return a flowchart with a subgraph for each workflow: https://mermaid.js.org/syntax/flowchart.html"""
    lines = ["flowchart LR"]
    for number, workflow in enumerate(workflows):
        head = f'  subgraph w{number}["{_mermaid(graph_head(workflow))}"]'
        lines += [head, *_indented(_flow(workflow, f"w{number}")), "  end"]
    return "\n".join([*lines, "  classDef out stroke-dasharray: 4"])


def _flow(workflow: Workflow, prefix: str) -> Iterator[str]:
    rows = job_rows(workflow.instances)
    ids = {row.name: f"{prefix}j{number}" for number, row in enumerate(rows)}
    for row in rows:
        opening, closing = ("{{", "}}") if row.instances[0].kind == "approval" else ("[", "]")
        out = ":::out" if row.instances[0].filtered else ""
        yield f'{ids[row.name]}{opening}"{_mermaid(row.name)}"{closing}{out}'
    for row in rows:
        for need, statuses in row.needs:
            words = needs_words(statuses)
            yield f"{ids[need]} {f'-. {words} .->' if words else '-->'} {ids[row.name]}"


def _mermaid(text: str) -> str:
    return "".join(_MERMAID.get(each, each) for each in visible_name(text))


def dot(workflows: Sequence[Workflow]) -> str:
    """Return a digraph with a cluster for each workflow: https://graphviz.org/doc/info/lang.html"""
    lines = ["digraph workflows {", "  rankdir=LR", '  node [shape=box, style=rounded, fontname="sans-serif"]']
    for number, workflow in enumerate(workflows):
        lines += [f"  subgraph cluster_w{number} {{", f"    label={_quoted(graph_head(workflow))}"]
        lines += [*_indented(_nodes(workflow, f"w{number}")), "  }"]
    return "\n".join([*lines, "}"])


def _nodes(workflow: Workflow, prefix: str) -> Iterator[str]:
    rows = job_rows(workflow.instances)
    ids = {row.name: f"{prefix}j{number}" for number, row in enumerate(rows)}
    if not rows:
        yield f"{prefix} [style=invis]"  # else the cluster is not drawn
    for row in rows:
        yield f"{ids[row.name]} [label={_quoted(row.name)}{_shape(row)}]"
    for row in rows:
        for need, statuses in row.needs:
            words = needs_words(statuses)
            yield f"{ids[need]} -> {ids[row.name]}" + (f" [label={_quoted(words)}, style=dashed]" if words else "")


def _shape(row: JobRow) -> str:
    shape = ", shape=octagon, style=solid" if row.instances[0].kind == "approval" else ""
    return f"{shape}, style=dashed" if row.instances[0].filtered else shape


def _quoted(text: str) -> str:
    escaped = visible_name(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _indented(lines: Iterator[str]) -> list[str]:
    return [f"    {line}" for line in lines]


DIAGRAMS: dict[str, Callable[[Sequence[Workflow]], str]] = {"mermaid": mermaid, "dot": dot}
