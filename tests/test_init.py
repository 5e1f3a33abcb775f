"""The package's public names."""

import subprocess
import sys

import pytest

import ci

from .projects import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def test_the_public_names_are_there_and_no_others():
    assert all(hasattr(ci, name) for name in ci.__all__)
    call = "import ci; print(*sorted(name for name in vars(ci) if not name.startswith('_')))"
    public = subprocess.run([sys.executable, "-c", call], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert public.split() == ["annotations", "register"]


def test_a_clones_version_is_that_of_its_pyproject():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert ci.__version__ == declared


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'versoin'"):
        _ = ci.versoin


def test_importing_it_imports_nothing_else():
    call = "import sys; before = set(sys.modules); import ci; print(*sorted(set(sys.modules) - before))"
    new = subprocess.run([sys.executable, "-c", call], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(new.split()) <= {"ci", "__future__"}
