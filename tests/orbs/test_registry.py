"""Fetching orbs, against a stand-in for CircleCI's API on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ci.compiler.compile import compile_config
from ci.compiler.orbs import OrbSources
from ci.compiler.pipeline import PipelineValues
from ci.errors import UsageError
from ci.orbs.local import LocalOrbs
from ci.orbs.registry import FetchingOrbs, Registry, fetch_orbs

from ..projects import make_project

ORBS = {
    "acme/tool@1": ("1.2.3", "version: 2.1\norbs: {base: acme/base@2.0.0}\ncommands: {go: {steps: [base/go]}}\n"),
    "acme/base@2.0.0": ("2.0.0", "version: 2.1\ncommands: {go: {steps: [{run: base}]}}\n"),
    "acme/evil@1": ("../../../../evil", "version: 2.1\n"),
}
CONFIG = """\
version: 2.1
orbs:
  tool: acme/tool@1
jobs:
  build: {docker: [{image: a}], steps: [tool/go]}
"""


@dataclass
class StandIn:
    """A stand-in for CircleCI's API: it answers as the 0.1.x command line expects, and remembers what it was asked."""

    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    answer: tuple[int, bytes] | None = None
    location: str = ""
    address: str = ""

    def respond(self, reference: str) -> tuple[int, bytes]:
        version, source = ORBS.get(reference, (None, None))
        found = {"id": "1", "version": version, "orb": {"name": "x"}, "source": source} if source else None
        return 200, json.dumps({"data": {"orbVersion": found}}).encode()


@pytest.fixture
def api() -> Iterator[StandIn]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/graphql-unstable"
            assert "orbVersion(orbVersionRef: $orbVersionRef)" in body["query"]
            reference = body["variables"]["orbVersionRef"]
            stand_in.asked.append(reference)
            stand_in.tokens.append(self.headers["Authorization"])
            self.reply(*(stand_in.answer or stand_in.respond(reference)))

        def do_GET(self) -> None:
            stand_in.asked.append(self.path)
            stand_in.tokens.append(self.headers["Authorization"])
            self.reply(*(stand_in.answer or (200, b"version: 2.1\n")))

        def reply(self, status: int, content: bytes) -> None:
            self.send_response(status)
            if stand_in.location:
                self.send_header("Location", stand_in.location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stand_in
    server.shutdown()
    thread.join()
    server.server_close()


def compile_with(orbs: OrbSources) -> object:
    return compile_config(CONFIG, "config.yml", PipelineValues(), orbs)


def test_an_orb_and_the_orbs_that_it_imports_are_fetched_once(api: StandIn, tmp_path: Path) -> None:
    local, folder = LocalOrbs(tmp_path, tmp_path), tmp_path / ".circleci" / "orbs"
    fetched = fetch_orbs(compile_with, local, Registry(api.address), folder)
    assert [each.resolved for each in fetched] == ["acme/tool@1.2.3", "acme/base@2.0.0"]
    assert (folder / "acme" / "tool@1.2.3.yml").read_text() == ORBS["acme/tool@1"][1]
    assert sorted(path.name for path in (folder / "acme").iterdir()) == ["base@2.0.0.yml", "tool@1.2.3.yml"]
    assert fetch_orbs(compile_with, local, Registry(api.address), folder) == []
    assert api.asked == ["acme/tool@1", "acme/base@2.0.0"]
    compile_with(local)


def test_an_update_asks_again_for_what_is_no_exact_version(api: StandIn, tmp_path: Path) -> None:
    local, folder = LocalOrbs(tmp_path, tmp_path), tmp_path / ".circleci" / "orbs"
    fetch_orbs(compile_with, local, Registry(api.address), folder)
    fetched = fetch_orbs(compile_with, local, Registry(api.address), folder, update=True)
    assert [each.reference for each in fetched] == ["acme/tool@1"]


def test_a_token_goes_to_the_registry_and_not_to_a_url(api: StandIn, tmp_path: Path) -> None:
    registry = Registry(api.address, token="hidden", insecure_urls=True)
    registry.get("acme/base@2.0.0")
    registry.get(f"{api.address}/orb.yml")
    assert api.tokens == ["hidden", None]


def test_a_redirect_is_not_followed_with_the_token(api: StandIn) -> None:
    api.answer, api.location = (302, b""), f"{api.address}/elsewhere"
    with pytest.raises(UsageError, match="HTTP status 302"):
        Registry(api.address, token="hidden").get("acme/base@2.0.0")
    assert api.asked == ["acme/base@2.0.0"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, b""), "HTTP status 500"),
        ((200, b"<html>"), "not the API's"),
        ((200, b"[]"), "not the API's"),
        ((200, b"\xff"), "not UTF-8"),
        ((200, b'{"errors": [{"message": "no such field"}]}'), "no such field"),
        ((200, b'{"data": null}'), "no orb 'acme/base@2.0.0'"),
    ],
)
def test_what_the_api_answers_wrongly_is_one_clear_error(api: StandIn, answer: tuple[int, bytes], why: str) -> None:
    api.answer = answer
    with pytest.raises(UsageError, match=why) as caught:
        Registry(api.address).get("acme/base@2.0.0")
    assert len(caught.value.problems) == 1


def test_every_orb_that_could_not_be_had_is_reported_with_its_place(tmp_path: Path) -> None:
    config = CONFIG.replace("tool: acme/tool@1\n", "tool: acme/tool@1\n  more: acme/more@2.0.0\n")
    with pytest.raises(UsageError) as caught:
        fetch_orbs(
            lambda orbs: compile_config(config, "config.yml", PipelineValues(), orbs),
            LocalOrbs(tmp_path, tmp_path),
            Registry("http://127.0.0.1:9"),
            tmp_path / "orbs",
        )
    assert [problem.message.split("'")[1] for problem in caught.value.problems] == ["acme/tool@1", "acme/more@2.0.0"]
    assert ".circleci/orbs/acme/more@2.0.0.yml" in str(caught.value)


def test_a_name_from_the_registry_leaves_no_folder(api: StandIn, tmp_path: Path) -> None:
    orbs = FetchingOrbs(LocalOrbs(tmp_path, tmp_path), Registry(api.address), tmp_path / "orbs")
    assert orbs.find("acme/evil@1") is None
    assert "strange name" in orbs.problems[0].message
    assert not list(tmp_path.rglob("*evil*"))


def test_a_folder_that_cannot_be_written_is_an_error(api: StandIn, tmp_path: Path) -> None:
    (tmp_path / "orbs").write_text("a file")
    orbs = FetchingOrbs(LocalOrbs(tmp_path, tmp_path), Registry(api.address), tmp_path / "orbs")
    assert orbs.find("acme/base@2.0.0") is None
    assert "cannot be written" in orbs.problems[0].message


def test_the_command_fetches_what_the_config_uses_and_then_all_works_offline(tmp_path: Path, api: StandIn) -> None:
    project = make_project(tmp_path / "project", CONFIG)
    environ = {"CIRCLECI_CLI_HOST": api.address, "CIRCLECI_CLI_TOKEN": "a-token", "HOME": str(tmp_path)}
    assert project.ci("validate", **environ).status == 2
    done = project.ci("orbs", "fetch", **environ)
    assert done.status == 0, done.stderr
    assert "acme/tool@1: acme/tool@1.2.3 is at .circleci/orbs/acme/tool@1.2.3.yml" in done.stdout
    assert (project.path / ".circleci/orbs/acme/base@2.0.0.yml").is_file()
    assert project.ci("validate", HOME=str(tmp_path)).status == 0
    again = project.ci("orbs", "fetch", **environ)
    assert "nothing to fetch" in again.stdout


def test_without_a_network_the_command_says_which_orb_and_where_to_put_it(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", CONFIG)
    done = project.ci("orbs", "fetch", CIRCLECI_CLI_HOST="http://127.0.0.1:9", HOME=str(tmp_path))
    assert done.status == 2
    assert "orb 'acme/tool@1' could not be fetched" in done.stderr
    assert ".circleci/orbs/acme/tool@1.yml" in done.stderr
