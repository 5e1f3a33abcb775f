"""The handler tests that a wheel ships: what runs, what is left out by name, and what stays a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

SUITES = Path(__file__).parents[1] / "torchserve"
EXAMPLES = "they read examples/ of the sources, which no wheel has"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Where a wheel is installed: the package and one of its own tests that passes."""
    tests = tmp_path / "site/ts/torch_handler/unit_tests"
    tests.mkdir(parents=True)
    for folder in (tests.parents[1], tests.parent, tests):
        (folder / "__init__.py").write_text("")
    (tests / "test_base.py").write_text("import ts.torch_handler\ndef test_base():\n    pass\n")
    return tmp_path / "site"


def run(site: Path, **tests: str) -> tuple[int, dict[str, str], list[str]]:
    """The exit status, each test's (or test file's) result, and the lines of what was left out."""
    for name, text in tests.items():
        (site / "ts/torch_handler/unit_tests" / f"test_{name}.py").write_text(text)
    left_out, report = site.parent / "left-out.txt", site.parent / "report.xml"
    words = ["-p", "shipped", "-p", "no:cacheprovider", "--junit-xml", report, "--pyargs"]
    words += ["ts.torch_handler.unit_tests"]
    environ = {**os.environ, "PYTHONPATH": f"{SUITES}{os.pathsep}{site}", "TORCHSERVE_LEFT_OUT": str(left_out)}
    environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run([sys.executable, "-B", "-m", "pytest", *words], cwd=site.parent, env=environ, check=False)
    cases = {
        case.get("name", "").rpartition(".")[2]: next((child.tag for child in case), "passed")
        for case in ElementTree.parse(report).iter("testcase")
    }
    return done.returncode, cases, left_out.read_text().splitlines()


def test_what_the_wheel_has_all_for_is_run(site: Path) -> None:
    status, cases, left_out = run(site, bad="def test_bad():\n    assert False\n")
    assert (status, cases, left_out) == (1, {"test_base": "passed", "test_bad": "failure"}, [])


@pytest.mark.parametrize(
    "text",
    [
        "import nothing_of_the_kind\nDATA = REPO_DIR.joinpath('examples/kitten.jpg')\n",
        "from examples.image_classifier import Handler\n",
    ],
)
def test_a_file_that_reads_the_sources_examples_is_left_out_before_it_downloads_a_thing(site: Path, text: str) -> None:
    status, cases, left_out = run(site, images=text)
    assert (status, cases) == (0, {"test_base": "passed", "test_images": "skipped"})
    assert left_out == [f"test_images.py\t{EXAMPLES}"]


def test_it_runs_where_the_examples_are(site: Path) -> None:
    (site / "examples").mkdir()
    (site / "examples/__init__.py").write_text("HERE = True\n")
    status, cases, left_out = run(site, images="from examples import HERE\ndef test_images():\n    assert HERE\n")
    assert (status, cases, left_out) == (0, {"test_base": "passed", "test_images": "passed"}, [])


def test_a_missing_dependency_is_named_with_what_it_leaves_out(site: Path) -> None:
    status, cases, left_out = run(site, image="from captum_of_nobody.attr import X\ndef test_image():\n    pass\n")
    assert (status, cases) == (0, {"test_base": "passed", "test_image": "skipped"})
    assert left_out == ["test_image.py\tthey want captum_of_nobody, which is not here"]


@pytest.mark.parametrize("text", ["import ts.torch_handler.gone\n", "from ts.torch_handler import gone\n", "1 / 0\n"])
def test_what_the_release_itself_lacks_is_a_failure(site: Path, text: str) -> None:
    status, cases, left_out = run(site, gone=text)
    assert (status, cases["test_gone"], left_out) == (2, "error", [])
