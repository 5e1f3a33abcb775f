"""Archives that a job's Pod itself puts into an object store or onto a volume, and takes from there: archives.sh."""

from __future__ import annotations

import itertools
import re
import secrets
import shlex
import tempfile
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from pathlib import Path
from typing import IO

from ... import process
from ...dataclass import dataclass, field
from ...errors import EngineError, Problem, cut
from ...runtime.box import Kept
from ...runtime.failures import StepError
from ...runtime.storage.object_store import LARGEST, ObjectStore
from ...runtime.storage.stored_archive import VOLUME, ArchiveGone, StoredArchive, StoreError, archive_key
from ..container.access import Access
from .choices import ClusterChoices
from .manifest import SPOOL, VOLUME_AT
from .names import project_folder

PROGRAM = Path(__file__).with_name("archives.sh")
LACKING, GONE = 3, 44
"""Exit statuses of the program."""
FRESH_SECONDS = 24 * 3600.0
"""What has been in the store for longer is put there anew: a rule of the bucket may remove it soon."""
Tell = Callable[[str], None]
_SIGNED = re.compile(r"\?[^\s'\"]*X-Amz-[^\s'\"]*")
_FIRST = re.compile(rb"([0-9a-f]{64}) (\d+) (\S+)\n")


@dataclass(frozen=True, slots=True)
class ArchivePlaces:
    """Where the archives of a project's jobs lie that do not come to this machine."""

    project: str = ""
    """The folder of the project in the store."""
    store: ObjectStore | None = None
    claim: str = ""
    """The claim of the volume for caches; empty if there is none."""
    notified: set[str] = field(default_factory=set)
    """The notices that the user has had already."""

    def of(self, what: Kept) -> str:
        """Return the place of what is kept; empty if that comes to this machine."""
        if what == "cache" and self.claim:
            return f"{VOLUME}{self.claim}"
        return f"{self.store.url}/{self.project}" if self.store else ""


def archive_places(choices: ClusterChoices, project: Path) -> ArchivePlaces:
    """Return where the user has chosen that archives lie. Raise EngineError if no URL for that can be signed."""
    if not choices.store:
        return ArchivePlaces(claim=choices.cache_volume)
    try:
        store = ObjectStore(choices.store)
        store.signed("head", "nothing")
    except StoreError as error:
        hint = "Workspaces and caches go through this machine without kubernetes.store."
        raise EngineError(Problem(str(error), None, hint)) from None
    return ArchivePlaces(project_folder(project), store, choices.cache_volume)


class PodArchives:
    """Packs and unpacks in one job's Pod; ``tell`` gets what the user is to know."""

    def __init__(self, access: Access, pod: str, image: str, places: ArchivePlaces, tell: Tell) -> None:
        self._access, self._image, self._places, self._tell = access, image, places, tell
        self._names = (f"{pod}-{secrets.token_hex(4)}-{number}" for number in itertools.count(1))

    def store(self, root: str, paths: Iterable[str], what: Kept) -> StoredArchive | None:
        """See ``Box.store_archive``. Raise StepError or StoreError."""
        place = self._places.of(what)
        names = [f"./{name}" for name in paths]
        if not place or not names:
            return None
        made = self._packed(root, names, place)
        if made is None:
            return None
        archive, file = made
        if place.startswith(VOLUME):
            status, said = self._run(("keep", file, f"{VOLUME_AT}/{archive.key}"))
        elif archive.size > LARGEST:
            self._access.call("rm", "-f", file)
            self._lacking(f"an archive of {archive.size} bytes is more than one request may put into a store")
            return None
        else:
            status, said = self._put(archive, file)
        if status:
            raise StoreError(f"{archive.url} cannot be stored: {said}")
        return archive

    def _packed(self, root: str, names: list[str], place: str) -> tuple[StoredArchive, str] | None:
        """Make an archive in the Pod; return its record and its file. None if the image cannot."""
        folder, client = (VOLUME_AT, ":") if place.startswith(VOLUME) else (SPOOL, "find_client")
        wanted = "".join(f"{name}\0" for name in names).encode("utf-8", "surrogateescape")
        with tempfile.TemporaryFile() as shown:
            status, said = self._run(("pack", root, f"{folder}/{next(self._names)}", client), wanted, shown)
            if status == LACKING:
                self._lacking(f"the image {self._image} cannot reach {place}: {said}")
                return None
            if status:
                raise StepError(f"files cannot be packed: {said}")
            shown.seek(0)
            found = _FIRST.fullmatch(shown.readline(1 << 16))
            if not found:
                raise StepError("files cannot be packed: the Pod does not say what it has packed")
            files = shown.read().decode("utf-8", "surrogateescape").split("\0")[:-1]
        digest = found[1].decode()
        archive = StoredArchive(place, archive_key(digest), int(found[2]), digest, tuple(map(_normal, files)))
        return archive, found[3].decode()

    def _put(self, archive: StoredArchive, file: str) -> tuple[int, str]:
        store = ObjectStore(archive.place)
        urls = "".join(f"{store.signed(method, archive.key)}\n" for method in ("head", "put"))
        fresh = formatdate(time.time() - FRESH_SECONDS, usegmt=True)
        return self._run(("put", file, fresh), urls.encode())

    def load(self, archive: StoredArchive, at: str) -> bool:
        """See ``Box.load_archive``; the folder is there. Raise StoreError."""
        own = f"{SPOOL}/{next(self._names)}"
        if archive.place.startswith(VOLUME):
            if archive.place != f"{VOLUME}{self._places.claim}":
                return False
            words = ("load", f"{VOLUME_AT}/{archive.key}", archive.digest, at, own)
            status, said = self._run(words)
        else:
            url = ObjectStore(archive.place).signed("get", archive.key)
            status, said = self._run(("get", own, archive.digest, at), f"{url}\n".encode())
        if status == LACKING:
            self._lacking(f"the image {self._image} cannot reach {archive.place}: {said}")
            return False
        if status:
            raise (ArchiveGone if status == GONE else StoreError)(f"{archive.url}: {said}")
        return True

    def _lacking(self, reason: str) -> None:
        """Tell, once in a run, why files go through this machine."""
        text = f"{reason}. Its files go through this machine"
        if text not in self._places.notified:
            self._places.notified.add(text)
            self._tell(text)

    def _run(self, words: tuple[str, ...], data: bytes = b"", shown: IO[bytes] | None = None) -> tuple[int, str]:
        """Run the program in the Pod, with data for its input; return its status and what it says of that."""
        program = PROGRAM.read_bytes()
        # not by head, which reads on in BusyBox
        line = f'set -- {shlex.join(words)}; eval "$(dd bs=1 count={len(program)} 2>/dev/null)"'
        with tempfile.TemporaryFile() as source:
            source.write(program + data)
            source.seek(0)
            status, said = self._access.copy(line, source, process.NOWHERE if shown is None else shown)
        return status, cut(_SIGNED.sub("?...", " ".join(said.split())))


def _normal(name: str) -> str:
    """Return a name that ``find`` has shown as it is in a list of members."""
    import posixpath

    return posixpath.normpath(name)
