"""Clean-up: what it says, and that nothing outside the state changes, whatever the state folder holds."""

import contextlib
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ci.engines.host import virtualenvs
from ci.errors import UsageError
from ci.run.cleaning import clean
from ci.run.folder import Removed, clean_leftovers, next_number, open_run, prune
from ci.run.state_folder import check_state
from ci.runtime.storage.cache_store import CacheStore
from ci.runtime.storage.timings import TimingStore as Timings
from ci.system.temporary import Owner, temporary_prefix

RUN = "20260101-000000-abcdef"
KEY = hashlib.sha256(b"key").hexdigest()
DEAD = "nox-circleci-4194303-1-abcdefgh"
PLACES = (
    *("ci", "ci/runs", f"ci/runs/{RUN}", f"ci/runs/{RUN}/kept", f"ci/runs/{RUN}/owner", f"ci/runs/{RUN}/artifacts/a"),
    *("ci/cache", "ci/cache/1", f"ci/cache/1/{KEY}", f"ci/cache/1/{KEY}/used", f"ci/cache/1/{KEY}/entry.json"),
    *("ci/cache/1/.new-abcdefgh", f"ci/cache/1/{KEY}/home.tar", "ci/pythons", "ci/pythons/.new-abcdefgh"),
    *("ci/timings", "ci/timings/lock", "ci/serial", "ci/counter", "ci/counter.lock", "ci/.gitignore", "ci/own"),
    *(f"tmp/{DEAD}", f"tmp/{DEAD}/a", "tmp/nox-circleci-1-abcdefgh", f"ci/runs/{RUN}/log", "ci/sessions.json"),
)
TARGETS = (
    *("outside", "outside/read-only", "outside/file", "outside/ci", "outside/ci/runs", f"outside/ci/runs/{RUN}"),
    *(f"outside/{DEAD}", f"outside/ci/cache/1/{KEY}", "outside/ci/cache/1", "outside/ci/cache", "outside/nothing"),
    *("project", "project/.git", "project/.git/objects", "project/src", "", "outside/ci/pythons"),
)
KINDS = st.sampled_from(["file", "folder", "read-only", "pipe", "relative"]) | st.sampled_from(TARGETS)
TREES = st.lists(st.tuples(st.sampled_from(PLACES), KINDS), min_size=1, max_size=8)
OLD = 1_000_000_000


def fill(folder):
    """What looks like things of ours, but is not: a state folder, a killed run's folder, an entry of a cache."""
    for name in ("read-only", "ci/pythons/.new-abcdefgh", f"ci/runs/{RUN}/log", f"ci/cache/1/{KEY}", f"{DEAD}/below"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text("precious")
    (folder / DEAD / "kept").write_text(RUN)
    (folder / "file").write_text("precious")
    (folder / f"ci/cache/1/{KEY}/used").write_text("")
    (folder / f"ci/cache/1/{KEY}/home.tar").write_text("")
    (folder / f"ci/cache/1/{KEY}/entry.json").write_text(entry())
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (OLD, OLD))
    (folder / "read-only").chmod(0o555)


def entry():
    archive = {"name": "home", "size": 0, "digest": hashlib.sha256(b"").hexdigest()}
    return json.dumps({"key": "key", "created": 1.0, "paths": ["~/x"], "archives": [archive]})


def snapshot(*folders):
    """Each path with mode, owner, time of change and content."""
    found = {}
    for folder in folders:
        for path in [folder, *folder.rglob("*")]:
            status = path.lstat()
            content = (
                path.read_bytes() if stat.S_ISREG(status.st_mode) else os.readlink(path) if path.is_symlink() else ""
            )
            found[str(path)] = (status.st_mode, status.st_uid, status.st_mtime_ns, content)
    return found


def seen(top):
    """All that is to stay as it is."""
    modes = {each: (top / each).stat().st_mode for each in (".", "project", "tmp")}
    return snapshot(top / "outside", top / "project" / "src", top / "project" / ".git") | modes


def plant(top, state, tree):
    for name, kind in tree:
        place = state.parent / name if name.startswith("ci") else top / name
        if os.path.lexists(place) or os.path.realpath(place.parent) != str(place.parent):
            continue  # it would be planted behind a link
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            if kind == "file":
                place.write_text(entry() if name.endswith("json") else RUN)
            elif kind in ("folder", "read-only"):
                place.mkdir()
                (place / "file").write_text("x")
                place.chmod(0o555 if kind == "read-only" else 0o755)
            elif kind == "pipe":
                os.mkfifo(place)
            else:
                place.symlink_to("../.." if kind == "relative" else top / kind)
            os.utime(place, (OLD, OLD), follow_symlinks=False)


@pytest.fixture(scope="module")
def ground():
    """A project that is a repository, a folder beside it, and a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(os.path.realpath(name))
        fill(top / "outside")
        (top / "project" / "src").mkdir(parents=True)
        (top / "project" / "src" / "file").write_text("precious")
        subprocess.run(["git", "init", "-q", "project"], cwd=top, check=True)
        for each in ("project/src/file", "project/src", "project"):
            os.utime(top / each, (OLD, OLD))
        yield top
        (top / "outside" / "read-only").chmod(0o755)


def read(store):
    found = store.get("key")
    if found:
        with store.open(found):
            pass


def everything(top, state, checked):
    """Every clean-up there is, and what writes to the state; what is refused is as good as what is done."""
    with contextlib.suppress(OSError):
        list(clean(state, {"runs"}))
    for call in (
        lambda: CacheStore(state / "cache", limit_bytes=0).prune(),
        lambda: CacheStore(state / "cache").entries(),
        lambda: read(CacheStore(state / "cache")),
        lambda: CacheStore(state / "cache").drop("key"),
        lambda: CacheStore(state / "cache").clean(),
        lambda: virtualenvs._remove_stale(state / "pythons"),
        lambda: list(clean(state, {"all"})),
        lambda: prune(state, keep=0, limit=0),
        lambda: clean_leftovers(top / "tmp"),
    ):
        with contextlib.suppress(OSError):
            call()
    if checked:
        with contextlib.suppress(OSError):
            next_number(state)
            Timings(state / "timings").record([("a", 1.0)])
            CacheStore(state / "cache").add("key", (), {"home": lambda file: file.write(b"x")})
            with open_run(state, keep=True):
                pass


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=TREES, linked=st.booleans())
@example(tree=[(f"ci/runs/{RUN}/kept", f"outside/{DEAD}")], linked=False)
def test_nothing_outside_the_state_changes_whatever_is_in_it(ground, tree, linked):
    project, home = ground / "project", ground / "disk"
    for left in (project / ".nox", home, ground / "tmp"):
        subprocess.run(["rm", "-rf", left], check=True)
    (ground / "tmp").mkdir()
    if linked:
        home.mkdir()
        (project / ".nox").symlink_to(home)
    else:
        (project / ".nox").mkdir()
    state = Path(os.path.realpath(project / ".nox")) / "ci"
    plant(ground, state, tree)
    for each in (project, ground):
        os.utime(each, (OLD, OLD))
    before = seen(ground)
    tempfile.tempdir = str(ground / "tmp")
    try:
        try:
            check_state(project, state)
            checked = True
        except UsageError:
            checked = False
        if checked or not state.is_symlink():
            everything(ground, state, checked)
    finally:
        tempfile.tempdir = None
    after = seen(ground)
    assert {
        name: (before.get(name), after.get(name)) for name in before | after if before.get(name) != after.get(name)
    } == {}


def test_a_folder_that_keep_has_kept_goes_with_its_run_but_not_from_another_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "one"))
    (tmp_path / "one").mkdir()
    for _ in range(2):
        with open_run(tmp_path / "state", keep=True):
            pass
    newest, oldest = sorted((tmp_path / "state" / "runs").glob("2*"), reverse=True)
    assert len(list((tmp_path / "one").iterdir())) == 2
    assert prune(tmp_path / "state", keep=1) == [Removed(oldest, None)]
    (left,) = (tmp_path / "one").iterdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert list(clean(tmp_path / "state", {"runs"})) == [
        f"left {left} behind: it is not in the temporary folder, {tmp_path}",
        f"removed run {newest.name}",
    ]
    assert left.is_dir()


def test_clean_says_what_went_and_what_stays_and_why(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    (tmp_path / f"{temporary_prefix(Owner(child.pid, '1'))}abcdefgh").mkdir()
    state = tmp_path / "state"
    (state / "runs" / RUN).mkdir(parents=True)
    (state / "timings").mkdir()
    (tmp_path / "disk").mkdir()
    (state / "cache").symlink_to(tmp_path / "disk")
    assert list(clean(state, {"all"})) == [
        f"removed run {RUN}",
        f"removed {tmp_path}/{temporary_prefix(Owner(child.pid, '1'))}abcdefgh, left by a killed run",
        f"left {state}/cache behind: {state}/cache is a link",
        "removed timings (0.0 MB)",
    ]


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="only root mounts")
def test_a_run_says_what_it_could_not_clean_up(tmp_path):
    from ..projects import make_project

    config = "version: 2.1\njobs: {b: {docker: [{image: a/b}], steps: [run: 'true']}}\nworkflows: {w: {jobs: [b]}}\n"
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    left = tmp_path / "tmp" / f"{temporary_prefix(Owner(child.pid, '1'))}abcdefgh"
    (left / "mount").mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", left / "mount"], check=True)
    try:
        done = make_project(tmp_path / "project", config).run("w", TMPDIR=str(tmp_path / "tmp"))
    finally:
        subprocess.run(["umount", left / "mount"], check=True)
    assert done.status == 0
    assert f"left {left} behind: {left}/mount is another file system, mounted there" in done.stdout
