"""The folders of jobs that see this machine as it is, and what such a job may write to."""

import os
import threading
from pathlib import Path

import pytest

from ci.engines.host import folder_places
from ci.engines.host.folder_places import FolderPlaces, constant_folder
from ci.runtime.failures import StepError
from tests.tasks import task


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_job_has_the_same_folder_in_every_run_and_another_jobs_is_another(tmp_path):
    found = []
    for name in ("a", "a", "b"):
        with constant_folder(task(tmp_path / str(len(found)), [], name, run=f"run-{len(found)}")) as folder:
            found.append(folder)
            (folder / "left").touch()
    project = [each.name.partition("-")[0] for each in found]
    assert project == ["a.0", "a.0", "b.0"]
    assert not found[0].exists()


def test_the_folder_depends_on_project_workflow_job_and_node_alone(tmp_path):
    first = task(tmp_path / "1", [])
    assert folder_places.folder_name(first) == folder_places.folder_name(
        task(tmp_path / "1b", [], settings=first.settings)
    )
    for change in ({"workflow": "other"}, {"node": 1}):
        changed = task(tmp_path / str(change), [], settings=first.settings, **change)
        assert folder_places.folder_name(changed) != folder_places.folder_name(first)


def test_two_runs_at_once_do_not_get_the_same_folder(tmp_path, temporary):
    one = task(tmp_path, [])
    with constant_folder(one) as first, constant_folder(one) as second:
        assert first is not None
        assert second is None
    assert os.listdir(temporary) == []


def test_somebody_elses_folder_of_that_name_is_not_used(tmp_path, temporary):
    (tmp_path / "theirs").mkdir()
    (temporary / f"{folder_places.PREFIX}{os.getuid()}").symlink_to(tmp_path / "theirs")
    with constant_folder(task(tmp_path, [])) as folder:
        assert folder is None
    assert os.listdir(tmp_path / "theirs") == []


def test_what_a_killed_run_left_is_removed_and_what_another_run_has_is_not(tmp_path):
    with constant_folder(task(tmp_path / "1", [], "running")) as folder:
        left = folder.with_name("killed.0-0123456789")
        left.mkdir()
        (left / "file").touch()
        folder_places.sweep()
        assert not left.exists()
        assert folder.exists()


@pytest.fixture
def places(tmp_path):
    (tmp_path / "job").mkdir()
    return FolderPlaces(f"{tmp_path}/job", [f"{tmp_path}/shared"])


@pytest.mark.parametrize("name", ["job/home/project", "shared/cache", "new/folder"])
def test_the_jobs_own_folder_shared_ones_and_new_ones_may_be_written(places, tmp_path, name):
    places.claim(f"{tmp_path}/{name}")


def test_a_folder_with_something_in_it_is_refused_by_name_with_the_way_out(places, tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/file").write_text("the user's")
    with pytest.raises(StepError, match=r"/app is not empty, and this job did not make it.*--engine docker"):
        places.claim(f"{tmp_path}/app")
    places.release()
    assert (tmp_path / "app/file").read_text() == "the user's"


def test_a_link_in_the_jobs_folder_is_no_way_out_of_it(places, tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/file").touch()
    (tmp_path / "job/link").symlink_to(tmp_path / "app")
    with pytest.raises(StepError, match="not empty"):
        places.claim(f"{tmp_path}/job/link")


def test_what_a_job_made_outside_its_folder_goes_with_it_and_a_folder_that_was_empty_stays(places, tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("new/deep/er", "empty"):
        places.claim(f"{tmp_path}/{name}")
        Path(tmp_path, name).mkdir(parents=True, exist_ok=True)
        Path(tmp_path, name, "file").touch()
    places.claim(f"{tmp_path}/new/deep/er/more")
    places.release()
    assert not (tmp_path / "new").exists()
    assert os.listdir(tmp_path / "empty") == []


def test_a_folder_that_was_empty_and_has_been_replaced_keeps_what_is_in_it(places, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    places.claim(str(mine))
    mine.rename(tmp_path / "moved")
    mine.mkdir()
    (mine / "file").write_text("the user's")
    places.release()
    assert (mine / "file").read_text() == "the user's"


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("below", ["", "/folder"])
def test_a_place_that_another_job_has_is_refused_until_that_ends(places, tmp_path, exists, below):
    place = tmp_path / "app"
    if exists:
        place.mkdir()
    other = FolderPlaces(str(tmp_path / "other"))
    places.claim(str(place))
    with pytest.raises(StepError, match="another job"):
        other.claim(f"{place}{below}")
    place.mkdir(exist_ok=True)
    places.release()
    other.claim(f"{place}{below}")
    other.release()


def test_locks_that_killed_runs_have_left_go(tmp_path, temporary):
    parent = folder_places.jobs_folder()
    Path(parent, "build.0-0123456789.lock").touch()
    folder_places.sweep()
    assert not os.path.exists(parent)


def test_jobs_that_begin_while_others_end_get_their_folders(tmp_path):
    """Whoever ends last removes the folder of all."""
    found, tasks = [], [task(tmp_path / name, [], name) for name in ("a", "b")]

    def take(task):
        for _ in range(400):
            with constant_folder(task) as folder:
                found.append(folder is not None and folder.name.startswith(f"{task.instance.name}.0"))

    threads = [threading.Thread(target=take, args=(each,)) for each in tasks]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [True] * 800
