"""How true to CircleCI a job was: a small project for every row of the table, run on the host engine."""

import json
from pathlib import Path

import pytest

from ci.runtime.fidelity import TABLE, judge, run_features, table
from ci.workflow.model import (
    AddSshKeys,
    AttachWorkspace,
    Checkout,
    PersistToWorkspace,
    RestoreCache,
    Run,
    SaveCache,
    SetupRemoteDocker,
    StoreArtifacts,
    StoreTestResults,
    Unsupported,
)

from ..projects import make_project

DOCS = Path(__file__).resolve().parents[2] / "docs" / "fidelity.md"
IMAGE = "images are not used: steps find this machine's programs"
PLAIN = {"docker": [{"image": "a/b"}]}
PERSIST = {"persist_to_workspace": {"root": ".", "paths": ["f"]}}
MAKE = {"run": "touch f; mkdir -p d; touch d/f"}


def job(*steps, **keys):
    return {**(PLAIN if "machine" not in keys and "macos" not in keys else {}), **keys, "steps": list(steps) or [MAKE]}


CASES = {
    Run: (job(MAKE), []),
    Checkout: (job("checkout"), []),
    AttachWorkspace: (job({"attach_workspace": {"at": "."}}), []),
    PersistToWorkspace: (job(MAKE, PERSIST), []),
    SaveCache: (job(MAKE, {"save_cache": {"key": "k", "paths": ["d"]}}), []),
    RestoreCache: (job({"restore_cache": {"key": "k"}}), []),
    "checkout key": (
        job({"restore_cache": {"keys": ["v1", "v1-{{ .CheckoutKey }}"]}}),
        ["the key has <no value> for .CheckoutKey: CircleCI's SSH key is not here"],
    ),
    StoreArtifacts: (job(MAKE, {"store_artifacts": {"path": "f"}}), []),
    StoreTestResults: (job(MAKE, {"store_test_results": {"path": "d"}}), []),
    "parallelism": (job(parallelism=2), []),
    "image": (job(), []),
    "services": (job(docker=[{"image": "a/b"}, {"image": "c/d"}]), ["service containers are not started"]),
    "machine": (
        job(machine={"image": "ubuntu-2204:current"}),
        ["the machine image is not used: steps find this machine's programs"],
    ),
    "resource_class": (job(resource_class="large"), ["resource_class sets no limits"]),
    AddSshKeys: (job("add_ssh_keys"), ["CircleCI's additional SSH keys are not here"]),
    SetupRemoteDocker: (job("setup_remote_docker"), ["steps find this machine's Docker engine"]),
    "ip_ranges": (job(circleci_ip_ranges=True), ["requests come from this machine's address"]),
    "terminal": (job({"run": "[ ! -t 1 ]"}), ["steps have no terminal"]),
    "context": (job(), ["context org is empty: there is no .circleci/contexts/org.env here or in your home folder"]),
    "dirty": (job("checkout"), ["1 uncommitted file"]),
}
ELSEWHERE = {"sudo", "absolute", "layers", "macos", Unsupported, "merged", "reruns", "controlling terminal"}
ELSEWHERE |= {
    "left out",
    "stopped",
    "own entrypoint",
    "user name",
    "auth",
    "service name",
    "windows",
    "lost",
    "changed",
}
"""Rows that need a machine, a step or an engine that is not here: they are judged below without a run."""


@pytest.mark.parametrize("key", CASES)
def test_a_job_says_how_true_it_was(tmp_path, key):
    made, differences = CASES[key]
    entry = {"j": {"context": "org"}} if key == "context" else "j"
    config = {"version": 2.1, "jobs": {"j": made}, "workflows": {"w": {"jobs": [entry]}}}
    project = make_project(tmp_path / "p", json.dumps(config))
    if key == "dirty":
        project.write("new.txt", "not committed\n")
    done = project.run("w", HOME=str(tmp_path))
    expected = ([] if key == "machine" else [IMAGE]) + differences
    assert done.status == 0, done.stdout
    assert done.finish("j")["fidelity"] == {"level": "emulated", "differences": expected}


def test_every_row_of_the_table_has_a_case():
    assert set(CASES) | ELSEWHERE == set(TABLE)


def test_nothing_that_differs_is_exact():
    assert judge([(Run, ""), (Checkout, "")], "docker").level == "exact"
    assert judge([("macos", "")], "host").differences == ("the Xcode version is this machine's",)
    assert judge([("merged", "a, b")], "circleci").differences == ("a, b run in one",)
    assert judge([("reruns", "")], "circleci").differences == ("the step runs once",)
    assert judge([("absolute", "/app")], "host").differences == ("/app is a folder of this machine",)
    for key in ("sudo", "layers"):
        assert judge([(key, "the reason")], "host").differences == ("the reason",)
        assert judge([(key, "the reason")], "docker").level == "exact"
    assert judge([(Unsupported, "the reason")], "docker").differences == ("the reason",)


@pytest.mark.parametrize(
    "text",
    ["if [ -t 1 ]; then x; fi", "test -t 2", "GPG_TTY=$(tty)", "tty -s", "python3 -c 'os.isatty(1)'", "x </dev/tty"],
)
def test_a_step_that_asks_for_a_terminal_uses_one(text):
    assert list(run_features(text)) == [("terminal", "")]


@pytest.mark.parametrize(
    "text", ["make", "docker run --tty x", "gpg --no-tty", "stty -a", "cd src/tty/x", "pretty", "timeout -t 10 x"]
)
def test_other_text_does_not(text):
    assert list(run_features(text)) == []


@pytest.mark.parametrize("text", ["[ -t 1 ]", "tty -s", "isatty"])
def test_a_step_that_has_a_terminal_lacks_nothing(text):
    assert list(run_features(text, terminal=True)) == []


def test_the_terminal_of_a_step_controls_nothing():
    assert list(run_features("x </dev/tty", terminal=True)) == [("controlling terminal", "")]


def test_a_difference_is_reported_once():
    assert judge([(AddSshKeys, ""), (AddSshKeys, "")], "host").differences == (CASES[AddSshKeys][1][0],)


def test_a_job_that_an_engine_does_not_run_is_skipped_in_the_table():
    (row,) = (line for line in table().splitlines() if line.startswith("| the `machine` executor |"))
    assert row.endswith("| skipped: a Pod is no virtual machine |")


def test_the_docs_have_this_very_table():
    assert table() in DOCS.read_text(encoding="utf-8")
