"""Layers of a workspace. https://circleci.com/docs/guides/orchestrate/workspaces/"""

import pytest

from ci.runtime.failures import StepError
from ci.runtime.files import folder_layer
from ci.runtime.storage.workspace import attach, conflicts, persist
from ci.runtime.task import Layer


@pytest.fixture(params=["from an archive", "from a folder"])
def box(request, make_box):
    """A box that attaches; each kind attaches layers of both."""
    return make_box(copies=request.param == "from a folder")


@pytest.fixture(params=["to an archive", "to a folder"])
def layer(request, make_box, tmp_path):
    """Makes the layer of a job that has persisted files with that content."""

    def make(job, content, *names, node=0):
        box = make_box(copies=request.param == "to a folder")
        for name in names:
            box.put(f"root/{name}", content)
        return persist(box, "root", ["."], tmp_path / f"{job}.{node}.tar", job, node)

    return make


def test_layers_are_put_one_over_the_other_in_the_order_of_the_graph(layer, box):
    groups = [(layer("a", "a", "file", "only"),), (layer("b", "b", "file"),)]
    assert attach(box, "here", groups) == 2
    assert box.read(box.path("here/file")) == b"b"
    assert box.read(box.path("here/only")) == b"a"


def test_the_same_file_of_two_concurrent_jobs_fails_whatever_is_in_it(layer, box):
    with pytest.raises(StepError, match="Concurrent upstream jobs persisted the same file") as caught:
        attach(box, ".", [(layer("a", "same", "dir/file", "x"), layer("b", "same", "dir/file", "y"))])
    assert str(caught.value).endswith("  - dir/file")
    assert not box.exists(box.path("x"))


def test_two_nodes_of_one_job_are_concurrent_two_layers_of_one_node_are_not(layer, tmp_path):
    one, other = layer("a", "1", "file"), layer("a", "2", "file", node=1)
    assert conflicts([one, other]) == {"file"}
    again = Layer("a", 0, tmp_path / "again.tar", ("file",))
    assert conflicts([one, again]) == set()


def test_what_is_there_already_is_replaced(layer, box):
    box.put("file", "before")
    attach(box, ".", [(layer("a", "after", "file"),)])
    assert box.read(box.path("file")) == b"after"


@pytest.mark.parametrize(
    ("root", "paths", "message"),
    [
        ("nowhere", ["x"], "Error locating workspace root directory"),
        (".", ["absent"], "The specified paths did not match any files"),
        (".", ["[unclosed"], "Error persisting to the workspace"),
        (".", ["../outside"], "Error persisting to the workspace"),
    ],
)
def test_what_cannot_be_persisted_fails_the_step(box, tmp_path, root, paths, message):
    box.put("file", "1")
    box.put("../outside", "no part of it")
    with pytest.raises(StepError, match=message):
        persist(box, root, paths, tmp_path / "layer.tar", "a", 0)


def test_a_layer_of_an_earlier_try_is_replaced(layer, box, tmp_path):
    layer("a", "first", "file", "gone")
    assert attach(box, "here", [(layer("a", "second", "file"),)]) == 1
    assert box.read(box.path("here/file")) == b"second"
    assert not box.exists(box.path("here/gone"))
    assert len([each for each in tmp_path.iterdir() if each.name.startswith("a.0")]) == 1


@pytest.mark.parametrize("copies", [False, True])
def test_a_layer_that_is_not_whole_never_has_its_name(make_box, tmp_path, monkeypatch, copies):
    box = make_box(copies=copies)
    box.put("file", "1")

    def break_off(root, paths, to):
        (tmp_path / "layers/a.0.tar.unfinished").is_dir() or to.write(b"half")
        raise KeyboardInterrupt

    if copies:
        monkeypatch.setattr(folder_layer._FolderPacker, "finish", lambda packer: break_off(None, None, None))
    else:
        monkeypatch.setattr(box, "pack", break_off)
    with pytest.raises(KeyboardInterrupt):
        persist(box, ".", ["file"], tmp_path / "layers/a.0.tar", "a", 0)
    assert list((tmp_path / "layers").iterdir()) == []
