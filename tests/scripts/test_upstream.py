"""Upstream's own API collections, which source mode runs: what newman is called with, which a stand-in writes down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "torchserve/api/run_upstream.py"
URLS = {
    "INFERENCE": "http://127.0.0.1:41001",
    "MANAGEMENT": "http://127.0.0.1:41002",
    "METRICS": "http://127.0.0.1:41003",
}


SUITE = "<testsuites><testsuite failures='0' errors='0'/></testsuites>"


@pytest.fixture
def checkout(tmp_path) -> Path:
    """The part of a TorchServe checkout that the collections are in."""
    postman = tmp_path / "serve/test/postman"
    postman.mkdir(parents=True)
    values = [{"key": "mgmt-port", "value": "8081"}, {"key": "mar_path_mnist", "value": "mnist.mar"}]
    values += [{"key": "mar_path_vgg16", "value": "vgg16.mar"}]
    (postman / "environment.json").write_text(json.dumps({"values": values}))
    for name in ("management_api_test_collection", "inference_api_test_collection", "https_test_collection"):
        (postman / f"{name}.json").write_text(json.dumps({"item": [{"request": {"url": "{{host}}:{{mgmt-port}}"}}]}))
    for name in ("management_data", "inference_data"):
        (postman / f"{name}.json").write_text("[]")
    return tmp_path / "serve"


def newman_call(
    tmp_path: Path, checkout: Path, collection: str, status: int = 0, urls: dict[str, str] = URLS
) -> tuple[int, list[str], str]:
    """The exit status, newman's arguments and the folder it runs in."""
    record = tmp_path / "newman"
    report = f'while [ "$1" != --reporter-junit-export ]; do shift; done; echo "{SUITE}" >"$2"'
    noting = f'pwd >{tmp_path}/cwd\nprintf "%s\\n" "$@" >{tmp_path}/words'
    record.write_text(f"#!/bin/sh\n{noting}\n{report}\nexit {status}\n")
    record.chmod(0o755)
    options = ["--newman", str(record), "--results", str(tmp_path), "--artifacts", str(tmp_path)]
    environ = {**os.environ, **{f"TS_{name}_URL": url for name, url in urls.items()}}
    done = subprocess.run([sys.executable, "-B", PROGRAM, collection, checkout, *options], env=environ)
    return done.returncode, (tmp_path / "words").read_text().splitlines(), (tmp_path / "cwd").read_text().strip()


def test_the_collection_its_data_and_environment_are_the_checkouts(tmp_path, checkout):
    status, words, folder = newman_call(tmp_path, checkout, "management")
    postman = checkout / "test/postman"
    assert status == 0
    assert words[:2] == ["run", str(postman / "management_api_test_collection.json")]
    assert words[words.index("--iteration-data") + 1] == str(postman / "management_data.json")
    assert words[words.index("--environment") + 1] == str(postman / "environment.json")
    assert folder == str(checkout / "test")  # its data names files relative to that


def test_ports_are_the_servers_own_not_upstreams_fixed_ones(tmp_path, checkout):
    words = newman_call(tmp_path, checkout, "https")[1]
    given = {words[at + 1] for at, word in enumerate(words) if word == "--env-var"}
    assert {"mgmt-port=41002", "pred-port=41001", "metric-port=41003"} <= given
    assert {"sec-mgmt-port=41002", "sec-pred-port=41001", "sec-metric-port=41003"} <= given


def test_a_request_to_a_fixed_port_goes_to_the_servers_own_and_the_checkout_keeps_its_file(tmp_path, checkout):
    file = checkout / "test/postman/inference_api_test_collection.json"
    fixed = {"raw": "http://localhost:8082/metrics", "host": ["localhost"], "port": "8082", "path": ["metrics"]}
    other = {"raw": "http://localhost:9090/x", "host": ["localhost"], "port": "9090", "path": ["x"]}
    requests = [{"request": {"url": url}} for url in (fixed, other, "{{host}}:{{pred-port}}/ping")]
    file.write_text(json.dumps({"item": [{"name": "a folder", "item": requests}]}))
    written = file.read_text()
    used = Path(newman_call(tmp_path, checkout, "inference")[1][1])
    first, *others = [one["request"]["url"] for one in json.loads(used.read_text())["item"][0]["item"]]
    assert first == {**fixed, "raw": "http://localhost:41003/metrics", "port": "41003"}
    assert others == [other, "{{host}}:{{pred-port}}/ping"]
    assert file.read_text() == written


def test_a_revision_of_2020_has_no_data_for_management_and_no_port_for_metrics(tmp_path, checkout):
    (checkout / "test/postman/management_data.json").unlink()
    urls = {name: url for name, url in URLS.items() if name != "METRICS"}
    status, words, _ = newman_call(tmp_path, checkout, "management", urls=urls)
    assert status == 0
    assert "--iteration-data" not in words
    assert not any("metric-port" in word for word in words)
    assert "mgmt-port=41002" in words


def test_an_assertion_that_fails_fails_the_part(tmp_path, checkout):
    assert newman_call(tmp_path, checkout, "inference", status=1)[0] == 1


@pytest.mark.parametrize(("failures", "expected"), [("0", 0), ("1", 1)])
def test_a_newman_that_does_not_end_after_its_run_is_ended_and_its_report_counts(
    tmp_path, checkout, failures, expected
):
    suite = f"<testsuites><testsuite failures='{failures}' errors='0'/></testsuites>"
    newman = tmp_path / "newman"
    newman.write_text(f'#!/bin/sh\necho "{suite}" >{tmp_path}/upstream-https.xml\nexec sleep 50\n')
    newman.chmod(0o755)
    quicker = "import sys, ending, run_upstream; ending.LINGER_SECONDS = 0.5; sys.exit(run_upstream.main())"
    options = ["--newman", str(newman), "--results", str(tmp_path), "--artifacts", str(tmp_path)]
    environ = {**os.environ, **{f"TS_{name}_URL": url for name, url in URLS.items()}, "PYTHONPATH": str(PROGRAM.parent)}
    command = [sys.executable, "-B", "-c", quicker, "https", str(checkout), *options]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=40)
    assert (done.returncode, "its report counts" in done.stdout) == (expected, True)


def test_an_earlier_runs_report_is_none_of_this_ones(tmp_path, checkout):
    old = tmp_path / "upstream-https.xml"
    old.write_text("<testsuites><testsuite failures='1' errors='0'/></testsuites>")
    os.utime(old, (0, 0))
    assert newman_call(tmp_path, checkout, "https")[0] == 0
    assert old.read_text() == f"{SUITE}\n"


@pytest.mark.parametrize("end", ["exit 0", "kill -9 $$"])
def test_a_newman_that_leaves_no_report_has_not_passed(tmp_path, checkout, end):
    newman = tmp_path / "newman"
    newman.write_text(f"#!/bin/sh\n{end}\n")
    newman.chmod(0o755)
    options = ["--newman", str(newman), "--results", str(tmp_path), "--artifacts", str(tmp_path)]
    environ = {**os.environ, **{f"TS_{name}_URL": url for name, url in URLS.items()}}
    assert subprocess.run([sys.executable, "-B", PROGRAM, "https", checkout, *options], env=environ).returncode != 0


@pytest.mark.parametrize("ends", ["kill -9 $$; exit 0", "exit 0; kill -9 $$", "exit 3; exit 0"])
def test_of_two_halves_of_a_collection_each_must_pass(tmp_path, ends):
    first, second = ends.split("; ")
    newman = tmp_path / "newman"
    write = f'while [ "$1" != --reporter-junit-export ]; do shift; done; echo "{SUITE}" >"$2"'
    newman.write_text(f"#!/bin/sh\ncase $* in *https_renewed*) {write}; {second} ;; *) {write}; {first} ;; esac\n")
    newman.chmod(0o755)
    options = ["--newman", str(newman), "--results", str(tmp_path), "--artifacts", str(tmp_path)]
    environ = {**os.environ, **{f"TS_{name}_URL": url for name, url in URLS.items()}, "TS_HOME_FOLDER": str(tmp_path)}
    program = PROGRAM.with_name("run_newman.py")
    command = [sys.executable, "-B", program, "https", "--release", "0.12.0", *options]
    assert subprocess.run(command, env=environ).returncode == 1


def test_reports_say_that_torch_was_a_stub(tmp_path):
    newman = tmp_path / "newman"
    write = f'while [ "$1" != --reporter-junit-export ]; do shift; done; echo "{SUITE}" >"$2"'
    newman.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/words\n{write}\n')
    newman.chmod(0o755)
    options = ["--newman", str(newman), "--results", str(tmp_path), "--artifacts", str(tmp_path), "--html", "--stub"]
    environ = {**os.environ, **{f"TS_{name}_URL": url for name, url in URLS.items()}, "TS_HOME_FOLDER": str(tmp_path)}
    program = PROGRAM.with_name("run_newman.py")
    command = [sys.executable, "-B", program, "management", "--release", "0.12.0", *options]
    assert subprocess.run(command, env=environ).returncode == 0
    assert '<property name="torch" value="stub"' in (tmp_path / "newman-management.xml").read_text()
    assert "TorchServe management, torch: the stub" in (tmp_path / "words").read_text()


def test_a_model_that_is_missing_gets_a_stand_in_which_is_named_and_one_that_is_there_is_kept(tmp_path, checkout):
    store = tmp_path / "store"
    store.mkdir()
    (store / "vgg16.mar").write_bytes(b"real")
    (tmp_path / "echo.mar").write_bytes(b"echo")
    done = subprocess.run(
        [sys.executable, "-B", PROGRAM, "store", checkout, store, tmp_path / "echo.mar"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "stands in: mnist.mar\n"
    assert (store / "mnist.mar").read_bytes() == b"echo"
    assert (store / "vgg16.mar").read_bytes() == b"real"
