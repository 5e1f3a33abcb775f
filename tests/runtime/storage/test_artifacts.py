"""Where artifacts go. https://circleci.com/docs/reference/configuration-reference/#storeartifacts"""

import os

import pytest

from ci.runtime.failures import StepError
from ci.runtime.storage.artifacts import artifact_name, store


def kept(folder):
    """Every file below a folder with its content."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("path", "destination", "files"),
    [
        ("out/one", "", {"out/one": "1"}),
        ("out/one", "renamed", {"renamed": "1"}),
        ("out/one", "dir/", {"dir/one": "1"}),
        ("out", "", {"out/one": "1", "out/deep/two": "2"}),
        ("out", "x/y", {"x/y/one": "1", "x/y/deep/two": "2"}),
        ("~/home-file", "", {"home/home-file": "3"}),
        ("out/absent", "", {}),
    ],
)
def test_a_file_or_folder_is_kept_under_its_path_or_destination(box, tmp_path, path, destination, files):
    for name, content in (("out/one", "1"), ("out/deep/two", "2"), ("~/home-file", "3")):
        box.put(name, content)
    folder = tmp_path / "artifacts"
    assert store(box, path, destination, folder) == len(files)
    assert (kept(folder) if folder.exists() else {}) == files


def test_a_link_is_kept_as_what_it_leads_to_and_never_as_a_link(box, tmp_path):
    box.put("out/file", "content")
    os.symlink("file", box.path("out/link"))
    os.symlink("/", box.path("out/root"))
    os.symlink("nowhere", box.path("out/dangling"))
    assert store(box, "out", "", tmp_path / "artifacts") == 2
    assert kept(tmp_path / "artifacts") == {"out/file": "content", "out/link": "content"}
    assert not any(path.is_symlink() for path in (tmp_path / "artifacts").rglob("*"))


@pytest.mark.parametrize("destination", ["../x", "a/../../x", ".."])
def test_a_destination_never_leads_out(box, destination):
    with pytest.raises(StepError, match="leads out of the artifacts"):
        artifact_name(box, "file", destination)


def test_an_absolute_destination_is_below_the_jobs_artifacts_too(box):
    assert artifact_name(box, "file", "/etc/passwd") == "etc/passwd"
