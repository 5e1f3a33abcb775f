"""A pytest plugin for the handler tests that a wheel ships: what cannot run without the sources, or without a module
that is not installed, is left out by name. A module of TorchServe's own that cannot be imported stays a failure."""

import importlib.util
import os
from pathlib import Path

import pytest

LEFT_OUT_FILE = "TORCHSERVE_LEFT_OUT"  # lines of NAME, a tab and the reason; the job's closing table has them
EXAMPLES = "they read examples/ of the sources, which no wheel has"


class WithoutItsData(pytest.Module):
    """A test file that is not imported: it would download models before it misses what the sources alone have."""

    def collect(self):
        pytest.skip(EXAMPLES, allow_module_level=True)


def pytest_configure(config):
    config.left_out = []


def pytest_pycollect_makemodule(module_path, parent):
    if reads_examples(module_path):
        parent.config.left_out.append((module_path.name, EXAMPLES))
        return WithoutItsData.from_parent(parent, path=module_path)
    return None


def reads_examples(test_file):
    text = Path(test_file).read_text(encoding="utf-8")
    return ("examples/" in text or "from examples." in text) and importlib.util.find_spec("examples") is None


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    outcome = yield
    report = outcome.get_result()
    module = missing_module(report)
    if module:
        reason = "they want %s, which is not here" % module
        collector.config.left_out.append((collector.path.name, reason))
        report.outcome = "skipped"
        report.longrepr = (str(collector.path), None, "Skipped: " + reason)


def missing_module(report):
    """The module that a test file could not import, unless it is one that the release itself has to bring."""
    error = report.call.excinfo.value.__cause__ if report.failed else None
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    return None if name is None or name.split(".")[0] == "ts" else name


def pytest_terminal_summary(terminalreporter, config):
    for name, reason in config.left_out:
        terminalreporter.write_line("left out: %s: %s" % (name, reason))
    if os.environ.get(LEFT_OUT_FILE):
        with open(os.environ[LEFT_OUT_FILE], "w") as stream:
            stream.writelines("%s\t%s\n" % line for line in config.left_out)
