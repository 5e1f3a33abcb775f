"""The acceptance suites' own test: a release damaged on purpose turns exactly the right checks red.

Each damage is done to an unpacked wheel whose RECORD is then sealed anew (but where RECORD is the
damage), so that only the check or test that is there for it can notice. `red` holds the release
checks (`release.py`) as "release:NAME" and the suites' tests by their function's name.
"""

from __future__ import annotations

import base64
import csv
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
RELEASE_PY = ROOT / ".circleci" / "scripts" / "release.py"
SUITES = ROOT / "tests" / "torchserve"
JAR = "ts/frontend/model-server.jar"
FOLDERS = {"torchserve": "backend", "torch_model_archiver": "modelarchiver"}

pytestmark = pytest.mark.pypi


@dataclass(frozen=True)
class Damage:
    name: str
    package: str
    version: str
    apply: Callable[[Path], None]
    red: frozenset[str]
    sealed: bool = True


def rewrite(path: Path, data: bytes) -> None:
    """Replaces the file; the folder's files are links to the pristine ones and are never written to."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has {text.count(old)} times {old!r}"
        rewrite(folder / name, text.replace(old, new).encode())

    return apply


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def add(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: rewrite(folder / name, text.encode())


def cut_jar(folder: Path) -> None:
    data = (folder / JAR).read_bytes()
    rewrite(folder / JAR, data[: len(data) // 2])


def flip_a_byte_of_the_jar(folder: Path) -> None:
    data = bytearray((folder / JAR).read_bytes())
    with zipfile.ZipFile(folder / JAR) as jar:
        largest = max(jar.infolist(), key=lambda entry: entry.compress_size)
    data[largest.header_offset + largest.compress_size // 2] ^= 0xFF
    rewrite(folder / JAR, bytes(data))


def repack_jar(change: Callable[[str, bytes], bytes | None]) -> Callable[[Path], None]:
    """The jar with each entry changed; None leaves the entry out."""

    def apply(folder: Path) -> None:
        with zipfile.ZipFile(folder / JAR) as jar:
            entries = [(name, change(name, jar.read(name))) for name in jar.namelist()]
        (folder / JAR).unlink()
        with zipfile.ZipFile(folder / JAR, "w") as jar:
            for name, data in entries:
                if data is not None:
                    jar.writestr(name, data)

    return apply


def no_main_class_line(name: str, data: bytes) -> bytes:
    return data.replace(b"Main-Class", b"Other-Class") if name == "META-INF/MANIFEST.MF" else data


def no_main_class_file(name: str, data: bytes) -> bytes | None:
    return None if name == "org/pytorch/serve/ModelServer.class" else data


def change_a_hash(folder: Path) -> None:
    (record,) = folder.glob("*.dist-info/RECORD")
    text = record.read_text()
    line = next(one for one in text.splitlines() if one.startswith("ts/context.py,"))
    name, digest, size = line.split(",")
    rewrite(record, text.replace(line, f"{name},{digest[:-1]}{'A' if digest[-1] != 'A' else 'B'},{size}").encode())


def server(name: str, apply: Callable[[Path], None], *red: str, version: str = "0.12.0", sealed: bool = True) -> Damage:
    return Damage(name, "torchserve", version, apply, frozenset(red), sealed)


def archiver(name: str, apply: Callable[[Path], None], *red: str, version: str = "0.12.0") -> Damage:
    return Damage(name, "torch_model_archiver", version, apply, frozenset(red))


PACKAGING = "model_archiver/model_packaging_utils.py"
MODEL = "model_archiver/manifest_components/model.py"

TABLE = [
    server("jar cut short", cut_jar, "release:jar", version="0.1.1"),
    server("jar missing", remove(JAR), "release:jar", version="0.1.1"),
    server("one byte of the jar flipped", flip_a_byte_of_the_jar, "release:jar", version="0.1.1"),
    server("jar names no main class", repack_jar(no_main_class_line), "release:main-class", version="0.1.1"),
    server("main class missing from the jar", repack_jar(no_main_class_file), "release:main-class", version="0.1.1"),
    server("a hash of RECORD changed", change_a_hash, "release:record", sealed=False),
    server("a file that RECORD does not list", add("ts/extra.py", ""), "release:record", sealed=False),
    server("a file of RECORD missing", remove("ts/llm_launcher.py"), "release:record", sealed=False),
    server("handler missing", remove("ts/torch_handler/object_detector.py"), "release:handlers"),
    server(
        "handler module with two classes",
        edit(
            "ts/torch_handler/object_detector.py", "class ObjectDetector(", "class Other: pass\nclass ObjectDetector("
        ),
        "release:handlers",
    ),
    server(
        "command's function missing",
        edit("ts/model_server.py", "def start(", "def begin("),
        "release:commands",
        "test_the_command_says_its_version",
        "test_stopping_what_does_not_run_says_so",
        "test_starting_without_what_it_needs_says_what",
        "test_starting_without_java_says_so",
    ),
    server("syntax error in a module that nothing imports", add("ts/llm_launcher.py", "def f(:\n"), "release:syntax"),
    server(
        "another version in version.txt",
        add("ts/version.txt", "0.12.1"),
        "release:version",
        "test_the_version_is_the_releases",
        "test_the_command_says_its_version",
    ),
    server(
        "metrics unit wrong",
        edit("ts/metrics/unit.py", "'Kilobytes'", "'Kilobyte'"),
        "test_a_unit_has_its_long_name",
        "test_time_and_size_take_only_units_of_theirs",
    ),
    server(
        "metrics unit wrong in 0.1.1",
        edit("ts/metrics/unit.py", "'Kilobytes'", "'Kilobyte'"),
        "test_a_unit_has_its_long_name",
        "test_time_and_size_take_only_units_of_theirs",
        version="0.1.1",
    ),
    server(
        "counter goes back",
        edit("ts/metrics/caching_metric.py", "value < 0", "False"),
        "test_a_counter_never_goes_back",
    ),
    server(
        "context property broken",
        edit("ts/context.py", '"batch_size": batch_size', '"batch_size": gpu'),
        "test_system_properties",
        "test_the_context_has_the_manifest_and_the_load_settings",
    ),
    server(
        "status of one answer lands on the first",
        edit(
            "ts/context.py",
            "self._request_processor[idx].report_status(code, reason_phrase=phrase)\n\n    def set_all",
            "self._request_processor[0].report_status(code, reason_phrase=phrase)\n\n    def set_all",
        ),
        "test_the_status_of_one_answer",
        "test_status_headers_and_type_come_from_the_context",
    ),
    server(
        "argument default changed",
        edit("ts/arg_parser.py", 'dest="workflow_store",', 'dest="workflow_store", default=".",'),
        "test_the_defaults",
    ),
    server(
        "codec answers what it cannot serialize with 500",
        edit(
            "ts/protocol/otf_message_handler.py",
            'req_id_map, "Unsupported model output data type.", 503',
            'req_id_map, "Unsupported model output data type.", 500',
        ),
        "test_a_value_that_is_no_json_is_answered_with_503",
    ),
    server(
        "loader takes one of two classes",
        edit("ts/model_loader.py", "len(model_class_definitions) != 1", "False"),
        "test_two_classes_leave_open_which_one_serves",
    ),
    server(
        "service does not count its answers",
        edit("ts/service.py", "len(ret) != len(input_batch)", "False"),
        "test_a_result_of_another_length_is_answered_with_503",
    ),
    server(
        "worker leaves its socket behind",
        edit("ts/model_service_worker.py", "and os.path.exists(socket_name)", "and False"),
        "test_it_loads_a_model_and_serves_until_the_frontend_goes",
    ),
    archiver(
        "manifest field missing",
        edit(MODEL, 'model_dict["modelVersion"]', "_"),
        "test_it_names_the_model_and_its_version",
        "test_the_same_can_be_had_from_python",
    ),
    archiver(
        "manifest field missing in 0.1.1",
        edit(MODEL, "model_dict['sourceVocab']", "_"),
        "test_it_names_the_vocabulary",
        version="0.1.1",
    ),
    archiver(
        "exporter ignores --force",
        edit(PACKAGING, "if overwrite:", "if False:"),
        "test_force_overwrites_an_archive",
        "test_force_writes_anew_into_a_folder",
    ),
    archiver(
        "exporter overwrites without --force",
        edit(PACKAGING, "if overwrite:", "if True:"),
        "test_an_archive_that_exists_is_kept_without_force",
        "test_the_command_works_as_a_process_of_its_own",
    ),
    archiver(
        "archives are not deflated",
        edit(PACKAGING, "else zipfile.ZIP_DEFLATED", "else zipfile.ZIP_STORED"),
        "test_the_default_format_is_a_deflated_zip_called_mar",
    ),
    archiver(
        "any model name will do",
        edit(PACKAGING, "if not re.match(", "if False and not re.match("),
        "test_a_model_name_of_other_characters_is_refused",
    ),
    archiver(
        "the temporary copy stays",
        edit("model_archiver/model_packaging.py", "shutil.rmtree(model_path)", "pass"),
        "test_the_temporary_copy_is_removed",
    ),
]


@dataclass(frozen=True)
class Bench:
    """A Python with what the suites need, and the pristine unpacked wheels by package and version."""

    python: Path
    pristine: Path

    def folder(self, package: str, version: str) -> Path:
        return self.pristine / f"{package}-{version}"


def prepare(home: Path) -> None:
    venv.create(home / "venv", with_pip=True)
    python = home / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "-r", SUITES / "requirements-backend.txt"], check=True)
    releases = [
        f"{name}=={version}" for version in ("0.12.0", "0.1.1") for name in ("torchserve", "torch-model-archiver")
    ]
    for release in releases:
        subprocess.run([*pip, "download", "--no-deps", "--dest", home / "wheels", release], check=True)
    for wheel in (home / "wheels").glob("*.whl"):
        name, version = wheel.name.split("-")[:2]
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(home / "pristine" / f"{name}-{version}")


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Made once for all workers of a test run."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "damages"
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "ready").exists():
            prepare(home)
            (home / "ready").touch()
    return Bench(home / "venv" / "bin" / "python", home / "pristine")


def seal(folder: Path) -> None:
    """Writes RECORD anew, as a release that was built so would have it."""
    (record,) = folder.glob("*.dist-info/RECORD")
    rows = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path != record):
        data = path.read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append([path.relative_to(folder).as_posix(), f"sha256={digest}", str(len(data))])
    rows.append([record.relative_to(folder).as_posix(), "", ""])
    record.unlink()
    with record.open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def failed(junit: Path, prefix: str = "") -> set[str]:
    cases = ElementTree.parse(junit).iter("testcase")
    return {
        prefix + case.get("name", "").split("[")[0]
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    }


def red(bench: Bench, package: str, version: str, folder: Path, tmp_path: Path) -> set[str]:
    """What goes red of the release checks and the package's suite, run as the jobs run them."""
    subprocess.run(
        [sys.executable, RELEASE_PY, "check", folder, "--version", version, "--junit", tmp_path / "release.xml"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(SUITES / "stub")]),
        "TORCHSERVE_UNDER_TEST": version,
        "TMPDIR": str(tmp_path),
    }
    command = [bench.python, "-B", "-m", "pytest", "-c", SUITES / "pytest.ini", "--rootdir", SUITES]
    command += ["-p", "no:cacheprovider", "--junit-xml", tmp_path / "suite.xml", SUITES / FOLDERS[package]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (tmp_path / "suite.xml").exists(), done.stdout + done.stderr
    return failed(tmp_path / "release.xml", "release:") | failed(tmp_path / "suite.xml")


def copy_of(bench: Bench, package: str, version: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bench.folder(package, version), tmp_path / "unpacked", copy_function=os.link))


@pytest.mark.parametrize("version", ["0.12.0", "0.1.1"])
@pytest.mark.parametrize("package", sorted(FOLDERS))
def test_nothing_goes_red_for_the_release_as_it_is(bench: Bench, package: str, version: str, tmp_path: Path) -> None:
    assert red(bench, package, version, copy_of(bench, package, version, tmp_path), tmp_path) == set()


@pytest.mark.parametrize("damage", TABLE, ids=lambda damage: damage.name)
def test_a_damage_turns_exactly_the_right_checks_red(bench: Bench, damage: Damage, tmp_path: Path) -> None:
    folder = copy_of(bench, damage.package, damage.version, tmp_path)
    damage.apply(folder)
    if damage.sealed:
        seal(folder)
    assert red(bench, damage.package, damage.version, folder, tmp_path) == damage.red


def test_each_release_check_has_a_damage_of_its_own() -> None:
    promised = {"record", "version", "commands", "syntax", "handlers", "jar", "main-class"}
    assert {one for damage in TABLE for one in damage.red if one.startswith("release:")} == {
        f"release:{name}" for name in promised
    }
