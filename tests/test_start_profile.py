"""The profile of a start names what was loaded, and how long each part of one job took."""

import os

from .projects import ROOT, make_project
from .start_profile import CONFIG, SPANS, best, import_times, imports_text, spans, spans_text


def test_a_module_counts_with_its_best_run_if_every_run_loaded_it():
    assert best([{"a": 5, "b": 1}, {"a": 3}]) == {"a": 3}


def test_modules_are_summed_by_package_the_slowest_first():
    text = imports_text({"ci.report.console": 1000, "ci.report.style": 500, "json.decoder": 4000})
    assert "imports: 5.5 ms, 3 modules" in text
    assert text.index("4.0 ms    1  json") < text.index("1.5 ms    2  ci.report")


def test_the_spans_of_a_real_job_are_all_there(tmp_path):
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    project = make_project(tmp_path, CONFIG).path
    found = spans(project, environ)
    assert len(found) == len(SPANS) + 1
    assert all(seconds >= 0 for _, seconds in found)
    assert len(spans_text(found).splitlines()) == len(found) + 1
    assert "ci.cli.main" in import_times(["list"], project, environ)
