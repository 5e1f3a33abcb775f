"""Which job a label belongs to."""

import pytest

from ci.report.labels import Labels, jobs_of


@pytest.mark.parametrize(
    ("label", "jobs"),
    [
        ("a", ["a"]),
        ("a/0", ["a/0", "a"]),
        ("a/b", ["a/b"]),
        ("ab", ["ab"]),
        ("a/", ["a/"]),
        ("a/b/12", ["a/b/12", "a/b"]),
    ],
)
def test_a_node_belongs_to_its_job_and_an_orb_job_of_a_longer_name_does_not(label, jobs):
    assert list(jobs_of(label)) == jobs


def test_a_job_has_its_own_label_and_those_of_its_nodes():
    labels = Labels()
    for label in ("b/0", "a/1", "a", "a/0", "ab", "a/b"):
        labels.add(label)
    assert labels.of("a") == ["a/1", "a", "a/0"]
    assert labels.of("a/1") == ["a/1"]
    assert labels.of("c") == []


def test_labels_that_were_taken_are_gone_and_others_stay():
    labels = Labels()
    for label in ("a/0", "a/1", "b"):
        labels.add(label)
    labels.discard("a/1")
    labels.discard("never")
    assert labels.take("a") == ["a/0"]
    assert (labels.of("a"), labels.of("a/0"), labels.of("b")) == ([], [], ["b"])
