"""Which release is under test, which of the suites' promises are its own, and what torch leaves out."""

import importlib.util
import os
import sys
import tempfile

import pytest

WANTED = "TORCHSERVE_UNDER_TEST"
LEFT_OUT_FILE = "TORCHSERVE_LEFT_OUT"  # where the job wants to read what was left out, for its own report


def pytest_configure(config):
    if not os.environ.get(WANTED):
        raise pytest.UsageError("say which release is installed: %s=0.12.0, say" % WANTED)


def under_test():
    return tuple(int(part) for part in os.environ[WANTED].split(".")[:2])


def is_modern():
    return under_test() >= (0, 2)


def torch_is_missed(item):
    """The part of the backend that cannot be imported here, or None. 0.1 imports torch in handlers only."""
    mark = item.get_closest_marker("torch")
    if mark is None or not is_modern() or importlib.util.find_spec("torch"):
        return None
    return mark.args[0]


def pytest_collection_modifyitems(config, items):
    other = "of2020" if is_modern() else "modern"
    deselected = [item for item in items if item.get_closest_marker(other)]
    items[:] = [item for item in items if item not in deselected]
    config.hook.pytest_deselected(items=deselected)
    config.left_out = {}
    for item in items:
        part = torch_is_missed(item)
        if part:
            config.left_out.setdefault(part, []).append(item.name)
            item.add_marker(pytest.mark.skip(reason="left out: it imports torch, which is not here"))


def pytest_terminal_summary(terminalreporter, config):
    say = terminalreporter.write_line
    say("under test: %s, by the promises of %s" % (os.environ[WANTED], "0.12" if is_modern() else "0.1"))
    if importlib.util.find_spec("torch"):
        import torch

        say("torch: %s" % ("the stub module of this repository" if torch.__version__ == "stub" else torch.__version__))
    left_out = getattr(config, "left_out", {})
    if left_out:
        say("left out, torch is not here: %d tests" % sum(len(names) for names in left_out.values()))
    for part, names in left_out.items():
        say("  %s (%d): %s" % (part, len(names), ", ".join(names)))
    if os.environ.get(LEFT_OUT_FILE):
        with open(os.environ[LEFT_OUT_FILE], "w") as stream:
            lines = ("%s: %d tests\ttorch is not here\n" % (part, len(names)) for part, names in left_out.items())
            stream.writelines(lines)


@pytest.fixture(scope="session")
def version():
    return os.environ[WANTED]


@pytest.fixture(scope="session")
def modern():
    return is_modern()


@pytest.fixture
def fresh_path(monkeypatch, tmp_path):
    """A folder on the import path, for handlers; what a test imports from it is forgotten again."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


@pytest.fixture
def short_tmp():
    """A folder whose name is short enough for a Unix socket in it."""
    with tempfile.TemporaryDirectory(prefix="ts.", dir="/tmp") as folder:
        yield folder
