"""docs/performance.md says what docs/performance.json has."""

from __future__ import annotations

from . import document
from .behind import WHY, ahead
from .figures import FLOOR, OURS, stored, to_json
from .plot import plot
from .sample import FIGURES
from .tables import whole
from .tools import TOOLS
from .workloads import WORKLOADS


def test_the_pages_tables_are_those_of_the_stored_figures():
    text = document.PAGE.read_text(encoding="utf-8")
    assert document.page(text, stored(document.STORED)) == text


def test_the_page_shows_every_table_and_the_plot():
    text = document.PAGE.read_text(encoding="utf-8")
    assert {found[2] for found in document.BLOCK.finditer(text)} == set(document.BLOCKS)
    assert "](performance.svg)" in text


def test_the_plot_is_that_of_the_stored_figures():
    assert document.PICTURE.read_text(encoding="utf-8") == plot(stored(document.STORED))


def test_the_stored_figures_have_every_workload_by_every_tool():
    figures = stored(document.STORED)
    assert [row.key for row in figures.rows] == [workload.key for workload in WORKLOADS]
    assert [column.name for column in figures.columns] == [tool.name for tool in TOOLS]


def test_every_tool_that_can_be_ahead_of_ours_has_a_reason_why():
    assert set(WHY) == {tool.name for tool in TOOLS if not tool.name.startswith(OURS) and tool.name != FLOOR}
    assert set(ahead(stored(document.STORED))) <= set(WHY)


def test_other_figures_change_the_page_between_its_comments_alone():
    text = "before\n<!-- from performance.json: machine -->\nold\n<!-- end -->\nafter\n"
    assert document.page(text, FIGURES) == (
        "before\n<!-- from performance.json: machine -->\n"
        "Measured on 2026-01-02: 2 cores, load average 0.5 at the beginning; timed 1 x: W1, W2, W6.\n"
        "<!-- end -->\nafter\n"
    )


def test_writing_keeps_the_figures_and_makes_the_page_and_the_plot_of_them(tmp_path, monkeypatch):
    for name in ("STORED", "PAGE", "PICTURE"):
        monkeypatch.setattr(document, name, tmp_path / getattr(document, name).name)
    document.PAGE.write_text("# Speed\n<!-- from performance.json: whole -->\n<!-- end -->\n", encoding="utf-8")
    measured = tmp_path / "measured.json"
    measured.write_text(to_json(FIGURES), encoding="utf-8")
    document.write(measured)
    assert stored(document.STORED) == FIGURES
    assert whole(FIGURES) in document.PAGE.read_text(encoding="utf-8")
    assert document.PICTURE.read_text(encoding="utf-8") == plot(FIGURES)
