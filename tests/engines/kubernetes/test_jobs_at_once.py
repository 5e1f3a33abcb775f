"""How many jobs have a Pod at once where this machine allows few open files."""

from __future__ import annotations

import threading

import pytest

from ci.engines.kubernetes.jobs_at_once import FILES_OF_A_JOB, OWN_FILES, JobsAtOnce, places_for
from ci.engines.kubernetes.pod import Canceled
from tests.patience import eventually


def test_jobs_that_all_have_a_place_are_told_nothing():
    said, places = [], JobsAtOnce(2, 1024)
    with places.place(said.append, threading.Event()), places.place(said.append, threading.Event()):
        assert said == []


def test_a_job_waits_for_a_place_and_it_is_said_once():
    said, begun, places, over = [], [], JobsAtOnce(1, 124), threading.Event()

    def run(name):
        with places.place(said.append, threading.Event()):
            begun.append(name)
            over.wait()

    with places.place(said.append, threading.Event()):
        waiting = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
        for each in waiting:
            each.start()
        assert eventually(lambda: bool(said))
        assert begun == []
    assert eventually(lambda: bool(begun))
    over.set()
    for each in waiting:
        each.join()
    assert sorted(begun) == ["a", "b"]
    assert [each.text for each in said] == [
        "some jobs wait for others: 1 at once take 124 open files, and this machine allows no more (`ulimit -Hn`)"
    ]


def test_a_job_that_waits_ends_with_its_run():
    canceled, places = threading.Event(), JobsAtOnce(1, 124)
    canceled.set()
    with places.place(print, threading.Event()), pytest.raises(Canceled), places.place(lambda event: None, canceled):
        pass


@pytest.mark.parametrize(("allowed", "number"), [(10_000, 3), (OWN_FILES + 2 * FILES_OF_A_JOB, 2), (64, 1)])
def test_there_are_as_many_places_as_open_files_allow(monkeypatch, allowed, number):
    monkeypatch.setattr("ci.engines.kubernetes.jobs_at_once.allow_open_files", lambda wanted: min(wanted, allowed))
    places = places_for(3)
    taken = [places.place(print, threading.Event()) for _ in range(number)]
    for each in taken:
        each.__enter__()
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Canceled), places.place(lambda event: None, stopped):
        pass
