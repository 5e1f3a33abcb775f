"""A box that is nothing but a folder, for the services that need one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from ci.runtime.files import archive, folder_layer, globs
from ci.runtime.storage.stored_archive import ArchiveGone, StoredArchive, archive_key
from ci.system.cancellation import unchecked


class FolderBox:
    """The files' half of runtime/box.py's protocol, on a folder of this machine."""

    engine = "host"
    offers_docker = False
    terminal = False
    features = ()
    environment = ()
    default_shell = ("/bin/sh", "-e")

    def __init__(self, folder: Path, copies: bool = False, shelf: Path | None = None) -> None:
        self.copies = copies
        self.shelf = shelf
        self.check = unchecked
        self.home = str(folder / "home")
        self.working_directory = str(folder / "home" / "project")
        self.task_data = str(folder / "task")
        os.makedirs(self.working_directory)
        os.makedirs(self.task_data)

    def path(self, written):
        if written == "~" or written.startswith("~/"):
            written = self.home + written[1:]
        return os.path.normpath(os.path.join(self.working_directory, written))

    def exists(self, path):
        return os.path.lexists(path)

    def read(self, path):
        return Path(path).read_bytes()

    def write(self, path, content, mode=0o644):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).write_bytes(content)
        os.chmod(path, mode)

    def claim(self, path):
        """All of it is the job's."""

    def expand(self, root, patterns):
        return globs.expand(root, patterns)

    def pack(self, root, paths, file):
        return archive.pack(root, paths, file)

    def unpack(self, file, at):
        archive.unpack(file, at)

    def copy_out(self, root, paths, layer):
        return folder_layer.pack_folder(root, paths, layer) if self.copies else None

    def copy_in(self, layer, at):
        if self.copies:
            folder_layer.unpack_folder(layer, at)
        return self.copies

    def store_archive(self, root, paths, what):
        if self.shelf is None:
            return None
        self.shelf.mkdir(exist_ok=True)
        with open(self.shelf / "new", "w+b") as file:
            names = archive.pack(root, paths, file)
        content = (self.shelf / "new").read_bytes()
        found = StoredArchive(f"s3://shelf/{what}", *_named(content), names)
        os.rename(self.shelf / "new", self.shelf / found.key)
        return found

    def load_archive(self, stored, at):
        if self.shelf is None:
            return False
        if not (self.shelf / stored.key).exists():
            raise ArchiveGone(f"{stored.url} is not on the shelf")
        with open(self.shelf / stored.key, "rb") as file:
            archive.unpack(file, at)
        return True

    def put(self, name, content="", mode=0o644):
        """Make a file below the working directory; gives its path."""
        path = self.path(name)
        self.write(path, content.encode() if isinstance(content, str) else content, mode)
        return path


def _named(content):
    digest = hashlib.sha256(content).hexdigest()
    return archive_key(digest), len(content), digest


@pytest.fixture
def make_box(tmp_path):
    """Makes boxes, each in a folder of its own."""
    made = []

    def make(copies=False, shelf=None):
        made.append(FolderBox(tmp_path / f"box{len(made)}", copies, shelf))
        return made[-1]

    return make


@pytest.fixture
def box(make_box):
    return make_box()
