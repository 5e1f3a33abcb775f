"""What the API collections leave out for an older release, by name, and which releases they know at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

API = Path(__file__).parents[1] / "torchserve" / "api"
SCRIPTS = Path(__file__).parents[2] / ".circleci" / "scripts"
sys.path.insert(0, str(API))
import endpoints  # noqa: E402
import releases  # noqa: E402

sys.path.remove(str(API))


def requests(name: str, release: str) -> dict[str, dict]:
    return {one["name"]: one for one in endpoints.named(name, True, release)["item"]}


def script(request: dict) -> str:
    return "\n".join(request["event"][0]["script"]["exec"])


@pytest.mark.parametrize("name", sorted(endpoints.COLLECTIONS))
def test_what_0_1_1_leaves_out_or_words_otherwise_is_in_the_collections(name: str) -> None:
    known = set(requests(name, "0.12.0"))
    old = releases.RELEASE_0_1_1
    left_out = [one for one in old.left_out if one.collection == name]
    gone = {request for one in left_out if not one.paths for request in one.requests}
    assert {request for one in left_out for request in one.requests} <= known
    assert set(old.otherwise.get(name, {})) <= known - gone


@pytest.mark.parametrize("name", sorted(endpoints.COLLECTIONS))
def test_every_request_is_asked_of_0_1_1_or_left_out_by_name(name: str) -> None:
    names = " ".join(names for names, _ in releases.left_out_requests("https" if "https" in name else name, "0.1.1"))
    missing = set(requests(name, "0.12.0")) - set(requests(name, "0.1.1"))
    assert all(f'"{request}"' in names for request in missing)


def test_of_an_expectation_only_what_is_named_is_left_out() -> None:
    new, old = (script(requests("management", release)["describe"]) for release in ("0.12.0", "0.1.1"))
    assert [line for line in new.splitlines() if line not in old.splitlines()] == [
        'pm.test("0.responseTimeout", () => { pm.expect(at(pm.response.json(), "0.responseTimeout")).to.eql(120); });'
    ]


def test_another_wording_takes_the_place_of_the_newest() -> None:
    new, old = (script(requests("management", release)["set the default version"]) for release in ("0.12.0", "0.1.1"))
    assert "Default version successfully updated" in new
    assert "Default vesion succsesfully updated" in old
    assert "successfully" not in old


def test_a_release_without_keys_is_sent_none() -> None:
    headers = [header["key"] for one in requests("https", "0.1.1").values() for header in one["request"]["header"]]
    assert "Authorization" not in headers
    assert "content-type" in headers


def test_nothing_is_left_out_for_the_newest() -> None:
    assert not any(list(releases.left_out_requests(name, "0.12.0")) for name in ("management", "inference", "https"))


def run_releases(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", API / "releases.py", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_is_left_out_is_a_line_for_each_reason() -> None:
    lines = [line.split("\t") for line in run_releases("0.1.1", "inference").stdout.splitlines()]
    assert ['"the metrics count the requests", "the metrics have times"', "0.1.1 has no metrics API"] in lines


@pytest.mark.parametrize("version", ["0.1.1", "0.11.0", "0.11.1", "0.12.0", "1.0"])
def test_a_known_release_is_tested(version: str) -> None:
    assert run_releases(version).returncode == 0


@pytest.mark.parametrize("version", ["0.1.0", "0.2.0", "0.6.1", "0.10.0", "0.1.12", "new"])
def test_a_release_that_nobody_looked_up_is_refused_with_the_reason(version: str) -> None:
    done = run_releases(version)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"the collections promise what 0.11 and later do, and what 0.1.1 does: there are none for {version}\n"
    )


@pytest.mark.parametrize(
    ("job", "version", "reason"),
    [
        ("api_prepare.sh", "0.9.0", "there are none for 0.9.0"),
        ("benchmark.sh", "0.6.1", "not that of 0.6.1"),
        ("benchmark.sh", "0.1.0", "not that of 0.1.0"),
    ],
)
def test_the_job_ends_with_that_reason(tmp_path: Path, job: str, version: str, reason: str) -> None:
    environment = {"PATH": "/usr/bin:/bin", "TORCHSERVE_SOURCE": f"release:{version}", "VIRTUAL_ENV": sys.prefix}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", SCRIPTS / job], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"{job}: ")
    assert done.stderr.endswith(f"{reason}\n")


def test_a_revision_of_its_time_is_not_measured_by_the_newest_promises(tmp_path: Path) -> None:
    checkout, package = tmp_path / "serve", tmp_path / "installed" / "ts"
    for folder in (checkout / "ts", checkout / "model-archiver", package):
        folder.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "version.txt").write_text("0.5.0\n")
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(package.parent),
        "TORCHSERVE_SOURCE": str(checkout),
        "TORCHSERVE_TORCH": "stub",
        "VIRTUAL_ENV": sys.prefix,
    }
    command = ["bash", SCRIPTS / "api_collection.sh", "management", "false"]
    unprepared = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "upstream's management: failed" in unprepared.stderr
    assert "its models were not prepared" in unprepared.stderr
    (tmp_path / "torchserve-source").mkdir()  # the sources are here, and have no collections
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "left out         -  management: the collections promise what 0.11 and later do" in done.stdout
    assert (done.returncode, done.stderr) == (1, "api_collection.sh: no part ran\n")
    assert not (tmp_path / "api-tests" / "verdict" / "management").exists()
