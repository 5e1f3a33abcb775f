"""Workflows' graphs as one SVG picture that stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ..escapes import visible_name
from ..report.graph_text import graph_head, job_facts, needs_words
from ..workflow.job_instances import Workflow
from ..workflow.job_rows import JobRow, job_rows
from .drawn_graph import GraphJob, drawn_graph, shortened
from .sections import GraphDrawing, JobBox

TITLE = 34
"""The height of a workflow's name."""
NARROWEST = 320
LETTER = 8.5
"""The width of a letter of a workflow's name."""
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .head { font-size: 15px; font-weight: 600 }
  .note { font-size: 11px; fill: #59636e }
  rect { fill: #f6f8fa; stroke: #818b98 }
  .approval { fill: #fff8c5; stroke: #9a6700 }
  .out { stroke-dasharray: 4 }
  path { fill: none; stroke: #818b98; stroke-width: 1.5 }
  .conditional { stroke-dasharray: 4 }
  .paper { fill: #ffffff; stroke: none }
"""


def graph_svg(workflows: Sequence[Workflow]) -> str:
    """Return the picture: a workflow below the other, each with its name and what starts it."""
    parts, top, width = list[str](), 0.0, float(NARROWEST)
    for workflow in workflows:
        head = graph_head(workflow)
        drawing = _drawing(workflow)
        parts.append(f'<text class="head" x="8" y="{top + 22:g}">{escape(head)}</text>')
        parts += [f'<g transform="translate(0 {top + TITLE:g})">', *_drawn(drawing, workflow), "</g>"]
        top += TITLE + (drawing.height if workflow.instances else 0)
        width = max(width, drawing.width, 16 + LETTER * len(head))
    size = f'width="{width:g}" height="{top:g}" viewBox="0 0 {width:g} {top:g}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    paper = '<rect class="paper" width="100%" height="100%"/>'
    return "\n".join([opening, f"<style>{STYLE}</style>", paper, *parts, "</svg>"])


def _drawing(workflow: Workflow) -> GraphDrawing:
    return drawn_graph(workflow.name, [_job(row) for row in job_rows(workflow.instances)], ())


def _job(row: JobRow) -> GraphJob:
    instance = row.instances[0]
    status = "out" if instance.filtered else "approval" if instance.kind == "approval" else "build"
    needs = [(name, needs_words(statuses)) for name, statuses in row.needs]
    return GraphJob(row.name, status, ", ".join(job_facts(row)), "", needs)


def _drawn(drawing: GraphDrawing, workflow: Workflow) -> Iterator[str]:
    if not workflow.instances:
        return
    for arrow in drawing.arrows:
        kind = ' class="conditional"' if arrow.conditional else ""
        yield f'<path{kind} d="{arrow.path}"><title>{_text(arrow.title)}</title></path>'
    for box in drawing.boxes:
        yield from _box(box, drawing.box_height)


def _box(box: JobBox, height: float) -> Iterator[str]:
    place = f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{height:g}"'
    yield f'<rect class="{box.status}" rx="6" {place}><title>{_text(box.title)}</title></rect>'
    y = box.y + (19 if box.note else 27)
    yield f'<text x="{box.x + 10:g}" y="{y:g}">{_text(box.label)}</text>'
    if box.note:
        note = shortened(box.note, max(4, int((box.width - 20) / 6)))
        yield f'<text class="note" x="{box.x + 10:g}" y="{box.y + 35:g}">{_text(note)}</text>'


def _text(text: str) -> str:
    return escape(visible_name(text))
