"""An engine whose disk is full, for real: what a user reads, and that no step counts as passed which did not run."""

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.engines.docker.test_engine import PROGRAM, project, run
from tests.projects import ROOT

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(PROGRAM == "podman", reason="Podman's store is the user's own"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk"),
]
IMAGE = "nox-circleci/busybox"
BUSYBOX = "/bin/busybox"
SIZE = 24 * 1024 * 1024


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """The folder of an engine whose disk holds 24 MB, with a small image."""
    folder = tmp_path_factory.mktemp("engine")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=True)
    try:
        subprocess.run([ROOT / ".ci/docker", "start", folder], check=True, stdout=subprocess.DEVNULL)
        docker = ["docker", "-H", f"unix://{folder}/docker.sock"]
        subprocess.run([*docker, "import", "-", IMAGE], input=small_image(folder), check=True, capture_output=True)
        yield folder
    finally:
        subprocess.run([ROOT / ".ci/docker", "stop", folder], check=True)
        subprocess.run(["umount", "--lazy", folder], check=True)


def small_image(folder: Path) -> bytes:
    """The root of a file system that has one program under the names that a job needs."""
    names = subprocess.check_output([BUSYBOX, "--list"], text=True).split()
    path = folder / "image.tar"
    with tarfile.open(path, "w") as tar:
        tar.add(BUSYBOX, "bin/busybox")
        for name in names:
            if name != "busybox":
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
        for name in ("tmp", "root"):
            place = tarfile.TarInfo(name)
            place.type, place.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(place)
    content = path.read_bytes()
    path.unlink()
    return content


@pytest.fixture
def left(engine):
    """Leave the engine so many bytes."""
    filler = engine / "filler"

    def leave(size: int) -> None:
        free = os.statvfs(engine)
        with open(filler, "wb") as file:
            file.write(b"\0" * (free.f_bavail * free.f_frsize - size))

    yield leave
    filler.unlink()


def attempt(engine: Path, made):
    return run(made, DOCKER_HOST=f"unix://{engine}/docker.sock")


STEPS = """
- run: "yes >big || echo filled"
- run: echo ran without a script
- run: {command: rm big, when: always, shell: sh -c}
- run: {command: echo there is room, when: always}
- run: {command: exit 1, when: always}
"""


def test_a_step_whose_script_does_not_fit_fails_and_says_why_and_the_next_that_fits_runs(tmp_path, engine, left):
    left(3_000_000)
    done = attempt(engine, project(tmp_path, STEPS, f"docker: [{{image: {IMAGE}}}]"))
    ended = [event for event in done.events if event["event"] == "step.finish"]
    assert [event["status"] for event in ended] == ["success", "failed", "success", "success", "failed"]
    assert "is the engine's disk full" in ended[1]["message"]
    assert "ran without a script" not in done.output("build")
    assert done.output("build").endswith("filled\nthere is room\n")


def test_a_checkout_that_does_not_fit_says_that_the_disk_is_full(tmp_path, engine, left):
    left(3_000_000)
    made = project(tmp_path, "- checkout", f"docker: [{{image: {IMAGE}}}]", large="x" * 4_000_000)
    done = attempt(engine, made)
    assert done.status == 1
    assert "The disk of the engine is full" in done.stdout
    assert "docker system prune" in done.stdout


def test_a_container_that_cannot_be_made_says_that_the_disk_is_full(tmp_path, engine, left):
    left(0)
    done = attempt(engine, project(tmp_path, "- run: exit 0", f"docker: [{{image: {IMAGE}}}]"))
    assert done.status == 1
    assert "no space left on device" in done.stdout
    assert "docker system prune" in done.stdout
