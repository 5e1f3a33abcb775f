"""The API collections' own test: one answer broken turns the checks of that request red, and no others.

The answers are a real TorchServe's, of 0.12.0 and 0.1.1, recorded (tests/torchserve/api/recorded), and played
back by the proxy, so that no server is needed. Refresh them with run_newman.py --record.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

API = Path(__file__).parents[1] / "torchserve" / "api"
sys.path.insert(0, str(API))
import endpoints  # noqa: E402
import proxy  # noqa: E402

sys.path.remove(str(API))

pytestmark = pytest.mark.node

RELEASES = ("0.12.0", "0.1.1")
KEYS = ("inference_key", "management_key", "api_key")
Answer = Any
Break = Callable[[Answer], Answer]


@pytest.fixture(scope="session")
def newman(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Newman, of PATH or installed once for all workers of a test run."""
    found = shutil.which("newman")
    if found:
        return Path(found)
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "newman"
    home.mkdir(exist_ok=True)
    binary = home / "node_modules" / ".bin" / "newman"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            shutil.copy(API / "package.json", home)
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=home, check=True)
    return binary


def collection(name: str, release: str) -> dict[str, Any]:
    """The collection with each request's name in a header, by which the proxy knows what to break."""
    made: dict[str, Any] = endpoints.named(name, with_torch=True, release=release)
    for item in made["item"]:
        item["request"]["header"].append({"key": "x-request-name", "value": item["name"]})
    return made


def run(
    newman: Path, release: str, name: str, folder: Path, faults: dict[str, Break], only: str | None = None
) -> set[str]:
    """The requests that went red, of the whole collection or of one; `faults` are what is broken, by request."""
    made = collection(name, release)
    (folder / "collection.json").write_text(json.dumps(made))
    entries = json.loads((API / "recorded" / release / f"{name}.json").read_text())
    command = [str(newman), "run", "collection.json", "--reporters", "junit", "--reporter-junit-export", "junit.xml"]
    command += ["--folder", only] if only else []
    with proxy.proxy(proxy.Playback(entries, faults)) as urls:
        for key, value in {**urls, **dict.fromkeys(KEYS, "key")}.items():
            command += ["--env-var", f"{key}={value}"]
        done = subprocess.run(command, cwd=folder, env=direct(), capture_output=True, text=True, check=False)
    assert (folder / "junit.xml").exists(), done.stdout + done.stderr
    suites = list(ElementTree.parse(folder / "junit.xml").iter("testsuite"))
    assert len(suites) == (1 if only else len(made["item"]))
    found = {suite.get("name", "") for suite in suites if suite.get("failures") != "0" or suite.get("errors") != "0"}
    assert (done.returncode != 0) == bool(found)
    return found


def direct() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}


def status(code: int) -> Break:
    return lambda answer: proxy.Answer(code, "Changed", answer.headers, answer.body)


def body(old: str, new: str) -> Break:
    def change(answer: Answer) -> Answer:
        assert old.encode() in answer.body
        return proxy.Answer(
            answer.status, answer.reason, answer.headers, answer.body.replace(old.encode(), new.encode())
        )

    return change


def whole_body(data: bytes) -> Break:
    return lambda answer: proxy.Answer(answer.status, answer.reason, answer.headers, data)


def cut(answer: Answer) -> Answer:
    return proxy.Answer(answer.status, answer.reason, answer.headers, answer.body[: len(answer.body) // 2])


def header(name: str, value: str | None) -> Break:
    return lambda answer: answer.with_header(name, value)


def closed(answer: Answer) -> None:
    """The connection ends without an answer."""


@dataclass(frozen=True)
class Fault:
    kind: str
    collection: str
    request: str
    change: Break
    release: str = "0.12.0"


FAULTS = [
    Fault("status 500", "management", "register with a worker", status(500)),
    Fault("status 200 for 409", "management", "register it again", status(200)),
    Fault("status 200 for 202", "management", "scale down and go on", status(200)),
    Fault("model missing from the list", "management", "the list has it", whole_body(b'{"models": []}')),
    Fault("wrong version", "management", "the default is described", body('"2.0"', '"1.0"')),
    Fault("worker not ready", "management", "two workers are ready", body("READY", "LOADING")),
    Fault("one model too many", "management", "no models at the end", body("[]", '[{"modelName": "echo"}]')),
    Fault(
        "batch setting lost", "management", "the batch settings are described", body('"batchSize": 4', '"batchSize": 1')
    ),
    Fault("page token lost", "management", "the first page of models", body("nextPageToken", "other")),
    Fault("JSON cut short", "management", "describe all versions", cut),
    Fault("API without a path", "management", "the API describes itself", body('"/models/{model_name}"', '"/m"')),
    Fault("request id missing", "management", "describe", header("x-request-id", None)),
    Fault("not healthy", "inference", "ping", body("Healthy", "Unhealthy")),
    Fault("no body", "inference", "a JSON body", whole_body(b"")),
    Fault("one bit of the bytes", "inference", "an answer of bytes", whole_body(b"\x00\x01\x02\xfe")),
    Fault("another text", "inference", "an answer of text", whole_body(b"plain answer\n")),
    Fault("content type wrong", "inference", "an unknown model", header("content-type", "text/html")),
    Fault("own header lost", "inference", "a header of the handler's own", header("x-own", None)),
    Fault("status 200 for 418", "inference", "a status of the handler's own", status(200)),
    Fault("explanation is missing", "inference", "an explanation", body('"explain": true', '"explain": false')),
    Fault("prediction a little off", "inference", "predict with torch", body("3.0", "3.0001")),
    Fault("counter wrong", "inference", "the metrics count the requests", body("} 1.0", "} 2.0")),
    Fault("six seconds late", "inference", "no body", proxy.late(6)),
    Fault("connection closed", "inference", "a form of several parts", closed),
    Fault("no key wanted", "https", "predict without a key", status(200)),
    Fault("model API open", "https", "register, which is off", status(200)),
    Fault("old key still good", "https", "the old inference key has ended", whole_body(b'{"status": "Healthy"}')),
    Fault("key in the answer", "https", "a new inference key", whole_body(b'{"key": "open sesame"}')),
    Fault("type of a new key's answer", "https", "a new management key", header("content-type", "text/html")),
    Fault("body lost beside its header", "inference", "a header of the handler's own", whole_body(b"{}")),
    Fault("type of a status of its own", "inference", "a status of the handler's own", header("content-type", "a/b")),
    Fault("another reason", "inference", "a version without workers", body("no worker", "a worker")),
    Fault("type of a list", "management", "one worker is left", header("content-type", "text/plain")),
    Fault("new key refused", "https_renewed", "ping with the new key", status(400)),
]


def old(kind: str, collection: str, request: str, change: Break) -> Fault:
    return Fault(f"0.1.1: {kind}", collection, request, change, "0.1.1")


FAULTS += [  # each answer that 0.1.1 words otherwise, and one of each other sort
    old("set as later", "management", "set the default version", body("vesion succsesfully", "version successfully")),
    old("absent as later", "management", "register an absent archive", body("found in model store", "found at")),
    old("worker started", "management", "register a handler that cannot be imported", status(200)),
    old("model kept", "management", "the broken model is not kept", body("Model not found", "Model found")),
    old("API as later", "management", "the API describes itself", body("}[/{model_version}]", "}")),
    old("API as later", "inference", "the API describes itself", body("}[/{model_version}]", "}")),
    old("batch setting lost", "management", "describe", body('"batchSize": 1', '"batchSize": 2')),
    old("prediction a little off", "inference", "predict with torch", body("3.0", "3.0001")),
    old("worker not added", "https", "scale", body("scaled to 2", "scaled to 1")),
]
COLLECTIONS = [(release, name) for release in RELEASES for name in endpoints.COLLECTIONS]
COLLECTIONS.remove(("0.1.1", "https_renewed"))  # nothing of it is asked: there are no keys


@pytest.mark.parametrize(("release", "name"), COLLECTIONS)
def test_a_collection_passes_on_the_answers_as_they_were(newman: Path, release: str, name: str, tmp_path: Path) -> None:
    assert run(newman, release, name, tmp_path, {}) == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
def test_one_broken_answer_turns_its_request_red(newman: Path, fault: Fault, tmp_path: Path) -> None:
    faults = {fault.request: fault.change}
    assert run(newman, fault.release, fault.collection, tmp_path, faults, fault.request) == {fault.request}


@pytest.mark.parametrize(("release", "name"), COLLECTIONS)
def test_of_a_whole_collection_no_other_request_goes_red(newman: Path, release: str, name: str, tmp_path: Path) -> None:
    chosen = [one for one in FAULTS if (one.release, one.collection) == (release, name)]
    faults = {one.request: one.change for one in chosen if one.kind != "six seconds late"}
    assert run(newman, release, name, tmp_path, faults) == set(faults)


def test_the_collections_have_about_a_hundred_requests() -> None:
    assert sum(len(collection(name, "0.12.0")["item"]) for name in endpoints.COLLECTIONS) >= 60


def test_without_torch_only_its_model_is_left_out() -> None:
    made = (endpoints.named("inference", torch, "0.12.0")["item"] for torch in (True, False))
    whole, rest = ({one["name"] for one in items} for items in made)
    assert rest < whole
    assert all("linear" in name or "torch" in name for name in whole - rest)
