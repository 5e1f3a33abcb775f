"""No step that the runner performs, and no clean-up, changes what the run did not make.

Whatever places a config names: absolute ones, ``..``, ``~``, links, the project, its ``.git``, another repository, a
read-only folder. The jobs' own commands are left out: what they may do depends on the isolation.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import subprocess
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ci.engines.docker.client import Search
from ci.engines.docker.engine import DockerEngine
from ci.engines.host.engine import HostEngine
from ci.engines.host.isolation import unavailable_reason
from ci.errors import EngineError
from ci.git.work_tree import WorkTree
from ci.runtime.storage.cache_store import CacheStore
from ci.runtime.task import Layer, Settings
from ci.workflow.model import (
    AttachWorkspace,
    Checkout,
    Image,
    PersistToWorkspace,
    RestoreCache,
    SaveCache,
    StoreArtifacts,
    StoreTestResults,
)
from tests.tasks import HERE, task

VICTIMS = (
    "project",
    "project/.git",
    "project/sub",
    "other",
    "other/.git",
    "plain",
    "readonly",
    "link",
    "dangling",
    "empty",
)
NUMBERS = itertools.count()


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True, text=True).stdout


def repository(folder: Path) -> None:
    (folder / "sub").mkdir(parents=True)
    (folder / "file").write_text("committed")
    (folder / "sub/file").write_text("committed")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "x")
    (folder / "file").write_text("changed by the user")
    (folder / "untracked").write_text("the user's")


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """The user's things, none of which a run may change."""
    made = tmp_path_factory.mktemp("ground")
    repository(made / "project")
    repository(made / "other")
    for name in ("plain", "readonly", "empty"):
        (made / name).mkdir()
    for name in ("plain", "readonly"):
        (made / name / "file").write_text("the user's")
    (made / "readonly").chmod(0o555)
    (made / "link").symlink_to("other")
    (made / "dangling").symlink_to("nowhere")
    return made


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a folder: kind, permissions, content, and when files were changed."""
    found: dict[str, tuple[object, ...]] = {}
    for place in sorted(folder.rglob("*")):
        status = place.lstat()
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFLNK:
            found[str(place)] = (kind, os.readlink(place))
        else:
            content = (place.read_bytes(), status.st_mtime_ns) if kind == stat.S_IFREG else ()
            found[str(place)] = (kind, stat.S_IMODE(status.st_mode), *content)
    return found


def places(ground: Path) -> st.SearchStrategy[str]:
    """Paths as a config may have them; the user's things are meant by most."""
    victims = st.sampled_from([f"{ground}/{name}" for name in VICTIMS])
    ends = st.sampled_from(["", "/", "/.", "/sub", "/new/deep", "/../plain", "/file"])
    absolute = st.builds(lambda place, end: place + end, victims, ends)
    up = st.builds(lambda count, end: "../" * count + end, st.integers(1, 12), st.sampled_from(["", str(ground)[1:]]))
    return st.one_of(
        absolute, absolute, up, st.sampled_from(["~", "~/x", "~/..", "~/../..", ".", "x/../../y", str(ground)])
    )


def steps(ground: Path) -> st.SearchStrategy[list[object]]:
    """Steps that the runner performs itself."""
    place = places(ground)
    victim = st.sampled_from([f"{ground}/{name}" for name in VICTIMS])  # not "/": all of this machine would be packed
    one = st.one_of(
        st.builds(lambda path: Checkout(HERE, path=path), place),
        st.builds(lambda path: AttachWorkspace(HERE, path), place),
        st.just(AttachWorkspace(HERE, "/")),
        st.just(RestoreCache(HERE, ("victim-",))),
        st.builds(lambda path: SaveCache(HERE, f"own-{next(NUMBERS)}", (path,)), victim),
        st.builds(lambda path: PersistToWorkspace(HERE, path, (".",)), victim),
        st.builds(lambda path: StoreArtifacts(HERE, path), victim),
        st.builds(lambda path: StoreTestResults(HERE, path), victim),
    )
    return st.lists(one.map(lambda step: replace(step, when="always")), min_size=1, max_size=4)


def archive_of(base: Path, names: list[str]) -> Path:
    """An archive with those files, each with something that no user of the ground has written."""
    from ci.runtime.files.archive import pack

    content = base / "content"
    for name in names:
        (content / name).parent.mkdir(parents=True, exist_ok=True)
        (content / name).write_text("from the archive")
    place = base / "layer.tar"
    with place.open("wb") as file:
        pack(str(content), names, file)
    return place


def fill_cache(store: CacheStore, base: Path, victim: str) -> None:
    """A cache that was saved from one of the user's places."""
    archive = archive_of(base / "cached", [f"{victim[1:]}/file", f"{victim[1:]}/cached"])
    store.add("victim-1", (victim,), {"root": lambda file: file.write(archive.read_bytes())})


def run(engine, ground: Path, chosen: list[object], working_directory: str, victim: str, **options: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        absolute = [f"{str(ground)[1:]}/{name}/file" for name in ("plain", "project", "link")]
        layers = (Layer("up", 0, archive_of(base / "a", ["file", "sub/file"]), ("file", "sub/file")),)
        if AttachWorkspace(HERE, "/", when="always") in chosen:
            layers = (Layer("up", 0, archive_of(base / "a", absolute), tuple(absolute)),)
        fill_cache(CacheStore(base / "cache"), base, victim)
        project = ground / "project"
        tree = WorkTree(project, True, git(project, "rev-parse", "HEAD").strip(), "main", "", 2)
        chosen_settings = Settings(project, state=base / "state", **options)
        image = {"images": (Image("nox-circleci/base", HERE),), "executor": "docker"}
        made = task(base, chosen, work_tree=tree, settings=chosen_settings, layers=(layers,), **image)
        made = replace(made, job=replace(made.job, working_directory=working_directory))
        with contextlib.suppress(EngineError):  # refused before its first step
            ready = engine.prepare((), chosen_settings, lambda event: None)
            ready.run(made, lambda event: None, threading.Event())


COMMON = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], derandomize=True
)


@pytest.mark.parametrize(
    "isolation",
    [
        "folder",
        pytest.param("namespace", marks=pytest.mark.skipif(bool(unavailable_reason()), reason="no namespaces here")),
    ],
)
def test_nothing_of_the_users_is_changed_on_host(ground, isolation):
    before = snapshot(ground)

    @given(steps(ground), places(ground), st.sampled_from(VICTIMS))
    @settings(COMMON, max_examples=40)
    def check(chosen, working_directory, victim):
        run(HostEngine(), ground, chosen, working_directory, f"{ground}/{victim}", isolation=isolation)
        assert snapshot(ground) == before

    check()


@pytest.mark.docker
def test_nothing_of_the_users_is_changed_on_docker(ground):
    before = snapshot(ground)

    @given(steps(ground), places(ground), st.sampled_from(VICTIMS))
    @settings(COMMON, max_examples=8)
    def check(chosen, working_directory, victim):
        engine = DockerEngine(HostEngine(), Search())
        run(engine, ground, chosen, working_directory, f"{ground}/{victim}")
        assert snapshot(ground) == before

    check()
