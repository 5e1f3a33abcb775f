"""Names and labels of Pods. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"""

import re
from dataclasses import replace

import pytest

from ci.engines.kubernetes import names
from ci.engines.kubernetes.pod_owner import PodOwner

from ...tasks import task

DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
LABEL_VALUE = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
TEXTS = [
    "build",
    "Build_It",
    "a" * 63,
    "a" * 64,
    "test-3.10-large",
    "-x-",
    "été",
    "日本",
    "a/b",
    "über " * 40,
    "x" * 62 + "-",
]
ME = PodOwner("anna", "laptop", "m1", 100, "5")


@pytest.mark.parametrize("text", TEXTS)
def test_a_pod_name_is_a_dns_label(text):
    name = names.pod_name("20260101-120000", text, "salt")
    assert re.fullmatch(DNS_LABEL, name)
    assert len(name) <= 63


@pytest.mark.parametrize("text", TEXTS)
def test_a_label_value_has_allowed_letters_alone(text):
    value = names.label_value(text)
    assert re.fullmatch(LABEL_VALUE, value)
    assert len(value) <= 63


def test_names_of_different_jobs_runs_and_attempts_differ():
    found = {
        names.pod_name(run, job, salt)
        for run in ("r1", "r2")
        for job in ("a_b", "a-b", "A-B", "a" * 80, "a" * 81)
        for salt in ("1", "2")
    }
    assert len(found) == 20


def test_a_label_of_what_is_allowed_is_that_itself():
    assert names.label_value("test-3.10_x") == "test-3.10_x"


def test_labels_of_texts_that_shorten_alike_differ():
    found = {names.label_value(text) for text in ("a b", "a/b", "a-b", "a" * 70, "a" * 71)}
    assert len(found) == 5


def test_labels_say_whose_a_pod_is(tmp_path):
    made = replace(task(tmp_path, [], name="build it"), run="20260101-120000", node=3, nodes=4)
    labels = names.labels(made, ME)
    assert set(labels) == {f"nox-circleci/{each}" for each in ("project", "run", "job", "node", "owner")} | {
        "app.kubernetes.io/managed-by"
    }
    assert labels["nox-circleci/run"] == "20260101-120000"
    assert labels["nox-circleci/node"] == "3"
    assert all(re.fullmatch(LABEL_VALUE, value) and len(value) <= 63 for value in labels.values())


def test_annotations_have_the_true_names_and_no_secret(tmp_path):
    made = task(tmp_path, [], name="build it", secrets=(("TOKEN", "s3cret-value"),), resource_class="large")
    found = names.true_names(made, ME)
    assert found["nox-circleci/job"] == "build it"
    assert found["nox-circleci/project"] == str(tmp_path)
    assert found["nox-circleci/resource-class"] == "large"
    assert PodOwner.read(found["nox-circleci/owner"]) == ME
    assert "s3cret-value" not in str(found)


def test_a_selector_finds_a_runs_pods_and_not_those_of_another_owner(tmp_path):
    labels = names.labels(task(tmp_path, []), ME)
    terms = names.of_run("run", ME).split(",")
    assert all(f"{key}={labels[key]}" in terms for key in ("nox-circleci/run", "nox-circleci/owner"))
    other = names.of_run("run", replace(ME, user="bob")).split(",")
    assert f"nox-circleci/owner={labels['nox-circleci/owner']}" not in other


def test_processes_of_one_user_share_a_label():
    assert names.owner_label(ME) == names.owner_label(replace(ME, pid=7, start="9"))
    assert len({names.owner_label(each) for each in (ME, replace(ME, host="x"), replace(ME, machine="m2"))}) == 3
