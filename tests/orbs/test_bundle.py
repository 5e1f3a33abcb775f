"""``orbs export`` and ``orbs import``: a set of orbs goes whole or not at all, and leaves no folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from ci.errors import UsageError
from ci.orbs.bundle import export_orbs, import_orbs, is_place
from ci.orbs.lock_file import read_lock

from ..projects import make_project

TOOL = "version: 2.1\norbs: {base: acme/base@2}\ncommands: {go: {steps: [base/go]}}\n"
BASE = "version: 2.1\ncommands: {go: {steps: [run: base]}}\n"
CONFIG = """\
version: 2.1
orbs: {tool: acme/tool@1, url: https://example.com/orbs/one.yml}
jobs: {build: {docker: [{image: a}], steps: [tool/go, url/go]}}
"""


def archive(path: Path, *members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(path, "w:gz") as made:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            member.size = len(content) if kind == tarfile.REGTYPE else 0
            made.addfile(member, io.BytesIO(content))
    return path


def test_a_set_goes_from_one_project_to_another_with_its_lock(tmp_path: Path) -> None:
    orbs = {
        ".circleci/orbs/acme/tool@1.2.0.yml": TOOL,
        ".circleci/orbs/acme/base@2.0.0.yml": BASE,
        ".circleci/orbs/acme/unused@1.0.0.yml": BASE,
        ".circleci/orbs/https/example.com/orbs/one.yml": BASE,
    }
    one = make_project(tmp_path / "one", CONFIG, **orbs)
    two = make_project(tmp_path / "two", CONFIG)
    home = {"HOME": str(tmp_path)}
    done = one.ci("orbs", "export", "../orbs.tar.gz", **home)
    assert done.status == 0, done.stderr
    assert "3 orbs written to ../orbs.tar.gz" in done.stdout
    assert two.ci("validate", **home).status == 2
    done = two.ci("orbs", "import", "../orbs.tar.gz", **home)
    assert done.status == 0, done.stderr
    assert "acme/tool@1.2.0: at .circleci/orbs/acme/tool@1.2.0.yml" in done.stdout
    assert two.ci("validate", **home).status == 0
    assert set(read_lock(two.path).orbs) == {"acme/tool@1", "acme/base@2", "https://example.com/orbs/one.yml"}
    assert not (two.path / ".circleci/orbs/acme/unused@1.0.0.yml").exists()
    assert "4 orbs" in one.ci("orbs", "export", "../all.tar.gz", "--all", **home).stdout


def test_a_set_with_missing_orbs_is_not_exported(tmp_path: Path) -> None:
    project = make_project(tmp_path / "one", CONFIG, **{".circleci/orbs/acme/tool@1.2.0.yml": TOOL})
    done = project.ci("orbs", "export", "orbs.tar.gz", HOME=str(tmp_path))
    assert done.status == 2
    assert "orbs that are missing: acme/base@2, https://example.com/orbs/one.yml" in done.stderr
    assert not (project.path / "orbs.tar.gz").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../evil/x@1.0.0.yml", "/acme/tool@1.0.0.yml", "acme/../x@1.0.0.yml", "acme/tool.yml", "tool@1.0.0.yml",
        "https/..", "https/x", "https/a/../../b.yml", "https/a\\b/c.yml", "./acme/tool@1.0.0.yml",
        "acme//tool@1.0.0.yml", "", "acme/tool@1.0.0", "https/a/b\n.yml",
    ],
)  # fmt: skip
def test_a_name_that_is_not_an_orb_s_place_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    assert not is_place(name)
    file = archive(tmp_path / "set.tar.gz", ("acme/tool@1.0.0.yml", BASE.encode()), (name, BASE.encode()))
    with pytest.raises(UsageError, match=r"not the place of an orb|is not an archive"):
        import_orbs(file, tmp_path / "a" / "orbs")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    file = archive(tmp_path / "set.tar.gz", ("acme/tool@1.0.0.yml", b""), kind=kind)
    with pytest.raises(UsageError):
        import_orbs(file, tmp_path / "orbs")
    assert not (tmp_path / "orbs").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff", "not UTF-8"),
        (b"a: [", "is not an orb: this is not YAML"),
        (b"- a", "is not an orb"),
        (b"", "is not an orb"),
    ],
)
def test_a_source_that_is_no_orb_is_refused_by_its_name(tmp_path: Path, content: bytes, why: str) -> None:
    file = archive(tmp_path / "set.tar.gz", ("acme/base@1.0.0.yml", BASE.encode()), ("acme/tool@1.0.0.yml", content))
    with pytest.raises(UsageError, match=rf"acme/tool@1\.0\.0\.yml.*{why}"):
        import_orbs(file, tmp_path / "orbs")
    assert not (tmp_path / "orbs").exists()


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b damaged"])
def test_a_file_that_is_no_archive_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "set.tar.gz").write_bytes(content)
    with pytest.raises(UsageError, match=r"is not an archive of orbs, or is damaged|has no orbs"):
        import_orbs(tmp_path / "set.tar.gz", tmp_path / "orbs")


def test_an_archive_that_ends_in_the_middle_writes_nothing(tmp_path: Path) -> None:
    orbs = {f"acme/tool@1.0.{number}.yml": BASE + f"# {number}\n" for number in range(500)}
    export_orbs(tmp_path / "set.tar.gz", orbs)
    content = (tmp_path / "set.tar.gz").read_bytes()
    (tmp_path / "set.tar.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(UsageError, match="damaged"):
        import_orbs(tmp_path / "set.tar.gz", tmp_path / "orbs")
    assert not (tmp_path / "orbs").exists()


def test_a_file_that_is_not_there_or_a_folder_is_an_error(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="there is no file"):
            import_orbs(file, tmp_path / "orbs")
    with pytest.raises(UsageError, match="cannot be written"):
        export_orbs(tmp_path / "none" / "set.tar.gz", {"acme/tool@1.0.0.yml": BASE})
