"""The rights that a run needs: the Role of docs/, and what happens without one of them."""

from __future__ import annotations

import json

import pytest
import yaml

from ci.engines.kubernetes.rights import RIGHTS, missing_rights, role
from tests.cluster.ground import without
from tests.projects import ROOT, make_project

FILE = ROOT / "docs" / "kubernetes-role.yaml"
ROLE = role("nox-circleci")
CONFIG = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps: [{run: echo built}]
    workflows: {w: {jobs: [build]}}
    """


NEEDED = (("create", "pods"), ("list", "pods"), ("get", "pods/exec"))
LATER = ("create", "pods/exec")
"""Needed since Kubernetes 1.35 alone."""
OPTIONAL = (("delete", "pods"), ("get", "pods"), ("watch", "pods"), ("list", "events"), ("get", "pods/log"))


def test_each_right_is_taken_away_once():
    table = {(verb, each.resource): each.needed for each in RIGHTS for verb in each.verbs}
    assert table == {**dict.fromkeys((*NEEDED, LATER), True), **dict.fromkeys(OPTIONAL, False)}


def rules(*given):
    return [{"apiGroups": groups, "resources": resources, "verbs": verbs} for groups, resources, verbs in given]


def test_the_doctor_prints_the_file_of_the_docs_which_has_the_role(tmp_path):
    printed = make_project(tmp_path, CONFIG).ci("doctor", "--role")
    assert (printed.status, printed.stdout) == (0, FILE.read_text(encoding="utf-8"))
    assert yaml.safe_load(printed.stdout) == ROLE


def test_an_administrator_lacks_nothing():
    assert list(missing_rights(rules((["*"], ["*"], ["*"])))) == []


def test_what_the_role_gives_is_all():
    assert list(missing_rights(ROLE["rules"])) == []


def test_nothing_gives_no_right():
    assert [str(each) for each in missing_rights([])] == [str(each) for each in RIGHTS]


@pytest.mark.parametrize(
    ("version", "asks"),
    [("v1.34.1", False), ("v1.34.9-gke.1", False), ("v1.35.0", True), ("v2.0.0", True), ("", True), ("unknown", True)],
)
def test_what_a_later_version_asks_for_is_missed_there_alone(version, asks):
    [rule] = [each for each in ROLE["rules"] if each["resources"] == ["pods/exec"]]
    others = [each for each in ROLE["rules"] if each is not rule]
    missing = [str(each) for each in missing_rights([*others, {**rule, "verbs": ["get"]}], version)]
    assert missing == (["create on pods/exec"] if asks else [])


@pytest.mark.parametrize(
    ("rule", "lacking"),
    [
        ((["apps"], ["pods"], ["*"]), "create on pods/exec, get on pods/exec"),
        (([""], ["pods"], ["*"]), "create on pods/exec, get on pods/exec"),
        (([""], ["pods/exec"], ["create"]), "get on pods/exec"),
        (([""], ["*/exec"], ["get", "create"]), ""),
    ],
)
def test_a_right_is_of_a_group_a_resource_and_a_verb(rule, lacking):
    missing = [str(each) for each in missing_rights(rules(rule)) if each.resource == "pods/exec"]
    assert ", ".join(missing) == lacking


def test_a_right_on_some_objects_is_not_one_on_all():
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["*"], "resourceNames": ["one"]}
    assert "pods" in [each.resource for each in missing_rights([rule])]


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path, CONFIG)


def run(project, user):
    return project.ci("run", "w", "--engine", "kubernetes", **user.environ)


@pytest.mark.kubernetes
def test_a_user_with_the_role_runs_jobs_and_doctor_finds_nothing_missing(project, namespace):
    user = namespace.user("runner", ROLE)
    assert run(project, user).status == 0
    checked = project.ci("doctor", NOX_CIRCLECI_ENGINE="kubernetes", **user.environ)
    assert "all that a run needs" in checked.stdout


@pytest.mark.kubernetes
@pytest.mark.parametrize(("verb", "resource"), NEEDED)
def test_without_a_right_no_job_runs_and_one_line_names_it(project, make_namespace, verb, resource):
    user = make_namespace().user("lesser", without(ROLE, verb, resource))
    done = run(project, user)
    assert done.status != 0
    assert f'cannot {verb} resource "{resource}"' in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    checked = project.ci("doctor", NOX_CIRCLECI_ENGINE="kubernetes", **user.environ)
    assert f"you may not {verb} on {resource}" in checked.stdout


@pytest.mark.kubernetes
def test_doctor_misses_what_a_later_version_asks_for_only_where_no_job_runs_without_it(project, make_namespace):
    user = make_namespace().user("lesser", without(ROLE, *LATER))
    passed = run(project, user).status == 0
    checked = project.ci("doctor", NOX_CIRCLECI_ENGINE="kubernetes", **user.environ)
    assert ("all that a run needs" in checked.stdout) == passed
    assert ("you may not create on pods/exec" in checked.stdout) != passed


@pytest.mark.kubernetes
@pytest.mark.parametrize(("verb", "resource"), OPTIONAL)
def test_without_a_right_that_no_job_needs_jobs_run_and_doctor_warns(project, make_namespace, verb, resource):
    user = make_namespace().user("lesser", without(ROLE, verb, resource))
    assert run(project, user).status == 0
    checks = json.loads(project.ci("doctor", "--json", NOX_CIRCLECI_ENGINE="kubernetes", **user.environ).stdout)
    rights = [(each["level"], each["text"].partition(":")[0]) for each in checks["checks"] if each["name"] == "rights"]
    assert rights == [("warning", f"you may not {verb} on {resource}")]
