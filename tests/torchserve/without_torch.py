"""A pytest plugin for upstream's suites where there is no torch: what wants it is left out by name.

Any other module that is missing stays a failure. Python 3.6 with the pytest of its time is enough."""

import os

import pytest

LEFT_OUT_FILE = "TORCHSERVE_LEFT_OUT"  # lines of NAME, a tab and the reason; the job's closing table has them
TORCH = ("torch", "torchvision", "torchtext", "torchaudio", "captum")


def pytest_configure(config):
    config.left_out_without_torch = []


def missing(error):
    """The module of torch's that an error, or its cause, says is missing; else None."""
    while error is not None:
        name = error.name if isinstance(error, ModuleNotFoundError) else None
        if name and name.split(".")[0] in TORCH:
            return name
        error = error.__cause__ or error.__context__
    return None


def leave_out(report, call, config, place):
    module = missing(call.excinfo.value) if call is not None and call.excinfo else None
    if module is None or not report.failed:
        return
    reason = "it wants %s, which is not here" % module
    config.left_out_without_torch.append((report.nodeid, reason))
    report.outcome = "skipped"
    report.longrepr = (place, None, "Skipped: " + reason)


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    outcome = yield
    report = outcome.get_result()
    leave_out(report, getattr(report, "call", None), collector.config, str(collector.fspath))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    leave_out(outcome.get_result(), call, item.config, str(item.fspath))


def pytest_terminal_summary(terminalreporter, config):
    for name, reason in config.left_out_without_torch:
        terminalreporter.write_line("left out: %s: %s" % (name, reason))
    if os.environ.get(LEFT_OUT_FILE):
        with open(os.environ[LEFT_OUT_FILE], "w") as stream:
            stream.writelines("%s\t%s\n" % line for line in config.left_out_without_torch)
