"""Which TorchServe a job tests: TORCHSERVE_SOURCE, else the checkout, else the executor's release."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / ".circleci" / "scripts" / "lib.sh"


def shell(folder: Path, body: str, **environment: str) -> subprocess.CompletedProcess[str]:
    script = folder / "job.sh"
    script.write_text(f'set -euo pipefail\nsource "{LIB}"\n{body}\n')
    values = {key: value for key, value in os.environ.items() if not key.startswith("TORCHSERVE_")}
    return subprocess.run(
        ["bash", script], cwd=folder, env={**values, **environment}, capture_output=True, text=True, check=False
    )


CHOOSE = 'choose_torchserve; echo "MODE=$MODE VERSION=${VERSION:-} KIND=${SOURCE_KIND:-} FROM=${SOURCE_FROM:-}"'


def chosen(folder: Path, **environment: str) -> str:
    done = shell(folder, CHOOSE, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def make_checkout(folder: Path) -> Path:
    for name in ("ts", "model-archiver"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file.py").write_text("released = True\n")
    return folder


def test_elsewhere_it_is_the_executors_default_release(tmp_path: Path) -> None:
    assert chosen(tmp_path, TORCHSERVE_RELEASE="0.12.0") == "MODE=release VERSION=0.12.0 KIND= FROM="


def test_in_a_torchserve_checkout_it_is_that_checkout(tmp_path: Path) -> None:
    make_checkout(tmp_path)
    assert chosen(tmp_path, TORCHSERVE_RELEASE="0.12.0") == f"MODE=source VERSION= KIND=checkout FROM={tmp_path}"


def test_an_empty_value_is_as_good_as_none(tmp_path: Path) -> None:
    assert chosen(tmp_path, TORCHSERVE_RELEASE="0.1.1", TORCHSERVE_SOURCE="").startswith("MODE=release VERSION=0.1.1")


def test_a_release_can_be_named_also_in_a_checkout(tmp_path: Path) -> None:
    make_checkout(tmp_path)
    assert chosen(tmp_path, TORCHSERVE_SOURCE="release:0.9.0") == "MODE=release VERSION=0.9.0 KIND= FROM="


def test_a_folder_can_be_named(tmp_path: Path) -> None:
    folder = make_checkout(tmp_path / "serve")
    assert chosen(tmp_path, TORCHSERVE_SOURCE=str(folder)) == f"MODE=source VERSION= KIND=folder FROM={folder}"


@pytest.mark.parametrize(
    "source",
    [
        "https://host.invalid/pytorch/serve@v0.12.0",
        "https://user@host.invalid/pytorch/serve.git@feature/x",
        "git@host.invalid:pytorch/serve.git@v1",
        "file:///tmp/serve@main",
    ],
)
def test_a_git_url_with_a_revision_can_be_named(tmp_path: Path, source: str) -> None:
    assert chosen(tmp_path, TORCHSERVE_SOURCE=source) == f"MODE=source VERSION= KIND=git FROM={source}"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("https://host.invalid/pytorch/serve", "say which revision: URL@REF"),
        ("https://user@host.invalid/pytorch/serve", "say which revision: URL@REF"),
        ("git@host.invalid:pytorch/serve.git", "say which revision: URL@REF"),
        ("release:", "give release:VERSION, a git URL with @REF, or a folder's absolute path"),
        ("release:latest", "'latest' is no version"),
        ("0.12.0", "give release:VERSION, a git URL with @REF, or a folder's absolute path"),
        ("serve", "give release:VERSION, a git URL with @REF, or a folder's absolute path"),
        ("/nonexistent", "no TorchServe checkout there (no ts/ and model-archiver/)"),
    ],
)
def test_what_is_none_of_these_is_an_error_that_says_what_to_write(tmp_path: Path, source: str, message: str) -> None:
    done = shell(tmp_path, CHOOSE, TORCHSERVE_SOURCE=source, TORCHSERVE_RELEASE="0.12.0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"job.sh: TORCHSERVE_SOURCE={source}: {message}{done.stderr.partition(message)[2]}"
    assert message in done.stderr


FETCH = 'choose_torchserve; source_dir; fetch_source; echo "$SOURCE_DIR"'


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.invalid", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True, text=True).stdout


def test_a_folder_is_copied_and_not_written_to(tmp_path: Path) -> None:
    folder = make_checkout(tmp_path / "serve")
    work = tmp_path / "work"
    work.mkdir()
    done = shell(work, FETCH, TORCHSERVE_SOURCE=str(folder))
    assert done.stdout.splitlines()[-1] == str(work / "torchserve-source")
    (work / "torchserve-source" / "ts" / "file.py").write_text("changed")
    assert (folder / "ts" / "file.py").read_text() == "released = True\n"


def test_a_git_folder_is_copied_without_what_is_ignored_or_deleted(tmp_path: Path) -> None:
    folder = make_checkout(tmp_path / "serve")
    (folder / ".gitignore").write_text("built\n")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "one")
    (folder / "built").write_text("x")
    (folder / "ts" / "file.py").unlink()
    (folder / "ts" / "new file.py").write_text("new")
    work = tmp_path / "work"
    work.mkdir()
    assert shell(work, FETCH, TORCHSERVE_SOURCE=str(folder)).returncode == 0
    copied = {path.name for path in (work / "torchserve-source").rglob("*") if path.is_file()}
    assert copied == {".gitignore", "file.py", "new file.py"}
    assert not (work / "torchserve-source" / "ts" / "file.py").exists()


def test_a_folder_that_another_projects_repository_ignores_is_copied_whole(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("serve\n")
    git(tmp_path, "init")
    folder = make_checkout(tmp_path / "serve")
    work = tmp_path / "work"
    work.mkdir()
    done = shell(work, FETCH, TORCHSERVE_SOURCE=str(folder))
    assert done.returncode == 0, done.stderr
    assert (work / "torchserve-source" / "ts" / "file.py").exists()


def test_a_link_to_nothing_is_copied_as_it_is(tmp_path: Path) -> None:
    folder = make_checkout(tmp_path / "serve")
    (folder / "link").symlink_to("made later")
    git(folder, "init")
    work = tmp_path / "work"
    work.mkdir()
    assert shell(work, FETCH, TORCHSERVE_SOURCE=str(folder)).returncode == 0
    assert os.readlink(work / "torchserve-source" / "link") == "made later"


def tagged_checkout(tmp_path: Path) -> Path:
    """A repository whose first commit is v1."""
    folder = make_checkout(tmp_path / "serve")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "one")
    git(folder, "tag", "v1")
    return folder


def test_a_git_url_whose_default_branch_cannot_be_checked_out_still_gives_another_revision(tmp_path: Path) -> None:
    folder = tagged_checkout(tmp_path)
    # An LFS server that does not answer, a path too long for this machine: here a filter that always fails.
    (folder / ".gitattributes").write_text("*.py filter=broken\n")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "two")
    (tmp_path / ".gitconfig").write_text('[filter "broken"]\n\trequired = true\n\tsmudge = false\n\tclean = cat\n')
    work = tmp_path / "work"
    work.mkdir()
    done = shell(work, FETCH, TORCHSERVE_SOURCE=f"file://{folder}@v1", HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert (work / "torchserve-source" / "ts" / "file.py").read_text() == "released = True\n"


def test_a_git_url_is_cloned_at_its_revision(tmp_path: Path) -> None:
    folder = tagged_checkout(tmp_path)
    (folder / "ts" / "file.py").write_text("later\n")
    git(folder, "commit", "-am", "two")
    work = tmp_path / "work"
    work.mkdir()
    done = shell(work, FETCH, TORCHSERVE_SOURCE=f"file://{folder}@v1")
    assert (work / "torchserve-source" / "ts" / "file.py").read_text() == "released = True\n"
    assert f"revision: {git(folder, 'rev-parse', 'v1').strip()}" in done.stdout


def test_a_repository_that_is_no_torchserve_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    git(folder, "init")
    git(folder, "commit", "--allow-empty", "-m", "one")
    work = tmp_path / "work"
    work.mkdir()
    done = shell(work, FETCH, TORCHSERVE_SOURCE=f"file://{folder}@main")
    assert done.returncode == 1
    assert "no TorchServe checkout in" in done.stderr


@pytest.mark.parametrize(
    ("mode", "output"),
    [("release:0.12.0", "Left out in release mode: gradle"), ("/", "")],
)
def test_a_job_says_what_its_mode_leaves_out(tmp_path: Path, mode: str, output: str) -> None:
    source = str(make_checkout(tmp_path / "serve")) if mode == "/" else mode
    done = shell(tmp_path, "choose_torchserve; release_mode_leaves_out gradle", TORCHSERVE_SOURCE=source)
    assert done.stdout.splitlines()[1:] == ([output] if output else [])


@pytest.mark.parametrize(("value", "status"), [("stub", 0), ("real", 1)])
def test_torch_is_stubbed_only_by_name(tmp_path: Path, value: str, status: int) -> None:
    done = shell(tmp_path, 'choose_torch; echo "$TORCH"', TORCHSERVE_TORCH=value)
    assert done.returncode == status
    assert ("stub module" in done.stdout) == (status == 0)
    assert ("it can be 'stub'" in done.stderr) == (status == 1)


def test_a_release_that_is_tested_in_a_checkout_is_not_the_checkouts_modules(tmp_path: Path) -> None:
    (make_checkout(tmp_path) / "ts/__init__.py").write_text("")
    suites = tmp_path / "suites"
    suites.mkdir()
    (suites / "pytest.ini").write_text("[pytest]\npython_files = accept_*.py\n")
    (suites / "accept_ts.py").write_text(
        "import importlib.util\ndef test_it():\n    assert importlib.util.find_spec('ts') is None\n"
    )
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "bin/python").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = shell(tmp_path, 'CI_SUITES=$PWD/suites; acceptance ts "$CI_SUITES"', PATH=path)
    assert done.returncode == 0, done.stdout


def test_the_checkouts_own_package_does_not_pass_for_an_installed_one(tmp_path: Path) -> None:
    (make_checkout(tmp_path) / "ts/__init__.py").write_text("")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to(sys.executable)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    assert shell(tmp_path, "has_torchserve || echo none", PATH=path).stdout == "none\n"
