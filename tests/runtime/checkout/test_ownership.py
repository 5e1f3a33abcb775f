"""Which repositories on this machine a job's checkout steps may replace: its own, and no others."""

import shutil

import pytest

from ci.runtime.checkout.ownership import Ownership


@pytest.fixture
def folders(tmp_path):
    for name in ("own/project", "own-not", "elsewhere/project"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def test_all_below_a_folder_of_the_job_is_the_jobs(folders):
    owned = Ownership(folders / "own")
    assert owned.covers(folders / "own/project")
    assert not owned.covers(folders / "own")
    assert not owned.covers(folders / "own-not")
    assert not owned.covers(folders / "elsewhere/project")


def test_what_a_checkout_has_made_elsewhere_is_the_jobs_and_nothing_beside_or_below(folders):
    owned = Ownership(folders / "own")
    owned.remember(folders / "elsewhere/project")
    (folders / "elsewhere/project/below").mkdir()
    assert owned.covers(folders / "elsewhere/project")
    assert not owned.covers(folders / "elsewhere")
    assert not owned.covers(folders / "elsewhere/project/below")


def test_a_link_is_what_it_leads_to(folders):
    (folders / "own/link").symlink_to(folders / "elsewhere/project")
    (folders / "elsewhere/link").symlink_to(folders / "own/project")
    owned = Ownership(folders / "own")
    assert not owned.covers(folders / "own/link")
    assert owned.covers(folders / "elsewhere/link")


def test_a_folder_in_the_place_of_one_that_was_made_is_another(folders):
    owned = Ownership()
    owned.remember(folders / "elsewhere/project")
    (folders / "elsewhere/project").rename(folders / "moved")
    shutil.copytree(folders / "moved", folders / "elsewhere/project")
    assert not owned.covers(folders / "elsewhere/project")
    assert not owned.covers(folders / "moved")
