"""Where a job finds torch: its own Python, else another of PATH, a virtualenv too; else it says what to install."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / ".circleci" / "scripts" / "lib.sh"
CHOOSE = 'VERSION=0.12.0; choose_torch; needs_torch "they need"; echo "$TORCH_PYTHON ${PIP_PYTHON:-none}"'


def job(folder: Path, body: str, *path: Path, python: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A job's step: its Python is first on PATH, the one that runs the tests unless another's folder is given."""
    (folder / "job.sh").write_text(f'set -euo pipefail\nsource "{LIB}"\n{body}\n')
    folders = [python or Path(sys.executable).parent, *path, Path("/usr/bin"), Path("/bin")]
    environment = {"PATH": os.pathsep.join(map(str, folders)), "VIRTUAL_ENV": sys.prefix}
    return subprocess.run(["bash", "job.sh"], cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def with_torch(tmp_path: Path) -> Path:
    """The programs of a virtualenv with a torch and, by a .pth file as editable installs have it, a torchvision."""
    venv.create(tmp_path / "of the user")
    (packages,) = (tmp_path / "of the user").glob("lib/python3*/site-packages")
    (packages / "torch.py").write_text('__version__ = "9.9"\n')
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "torchvision.py").write_text("")
    (packages / "editable.pth").write_text(f"{tmp_path}/sources\n")
    return tmp_path / "of the user" / "bin"


def test_a_virtualenv_on_path_lends_its_torch(tmp_path: Path, with_torch: Path) -> None:
    done = job(tmp_path, CHOOSE + "; python -c 'import torchvision'", with_torch)
    assert (done.returncode, done.stderr) == (0, "")
    assert "torch: 9.9" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(f"{with_torch}/python3 ")


def test_it_is_not_written_to(tmp_path: Path, with_torch: Path) -> None:
    before = {path for path in with_torch.parent.rglob("*") if "__pycache__" not in str(path)}
    assert job(tmp_path, CHOOSE, with_torch).returncode == 0
    assert {path for path in with_torch.parent.rglob("*") if "__pycache__" not in str(path)} == before


def test_the_next_step_finds_the_same(tmp_path: Path, with_torch: Path) -> None:
    first, second = (job(tmp_path, CHOOSE, with_torch) for _ in range(2))
    assert (second.returncode, second.stdout) == (0, first.stdout)


@pytest.mark.parametrize(("knows", "own"), [("--python <python>", False), ("", True)])
def test_a_pip_that_cannot_install_elsewhere_is_not_asked_to(
    tmp_path: Path, with_torch: Path, knows: str, own: bool
) -> None:
    programs = tmp_path / "old"
    programs.mkdir()
    (programs / "python").write_text(
        f'#!/bin/sh\ncase "$*" in "-m pip --help") echo "options: {knows}";; *) exec "{sys.executable}" "$@";; esac\n'
    )
    (programs / "python").chmod(0o755)
    done = job(tmp_path, CHOOSE, with_torch, python=programs)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("/python3 none" if own else f"/python3 {programs}/python")
    assert (tmp_path / ".torch-venv" / "bin" / "pip").exists() == own


def test_a_python_of_which_no_virtualenv_can_be_made_is_named(tmp_path: Path, with_torch: Path) -> None:
    programs = tmp_path / "broken"
    programs.mkdir()
    (programs / "python3").write_text(
        f'#!/bin/sh\nif [ "$2" = venv ]; then echo "no ensurepip" >&2; exit 3; fi\nexec "{with_torch}/python3" "$@"\n'
    )
    (programs / "python3").chmod(0o755)
    done = job(tmp_path, CHOOSE, programs)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "no ensurepip",
        f"job.sh: {programs}/python3 has torch, and no virtualenv of it can be made",
    ]


def test_a_release_of_2020_wants_a_torch_of_its_time(tmp_path: Path) -> None:
    done = job(tmp_path, 'VERSION=0.1.1; choose_torch; needs_torch "api-tests need"')
    assert done.returncode == 1
    assert done.stderr.startswith("job.sh: api-tests need torch, and no Python 3.6 to 3.8 here has it")
    assert "pip install torch==1.5.1 torchvision==0.6.1 in a virtualenv of Python 3.6" in done.stderr


@pytest.mark.parametrize(("version", "old"), [("0.1.0", 0), ("0.1.1", 0), ("0.10.0", 1), ("0.12.0", 1), ("", 1)])
def test_which_releases_are_of_2020(tmp_path: Path, version: str, old: int) -> None:
    assert job(tmp_path, f"VERSION={version}; is_release_of_2020").returncode == old
