"""A Pod whose steps go on without this program: how it is left, and what is needed to come back to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ...dataclass import dataclass, replace
from ...errors import EngineError
from ...record.json_reader import RecordError, from_plain
from ...record.json_writer import as_plain
from ...runtime.failures import JobError
from ..container.channel import Channel
from ..container.shells import JobShells
from .cluster.api_refusals import NoAnswer, Refused
from .cluster.connection import Cluster
from .manifest import SPOOL
from .pod_process import OutputPlace, PodProcess

if TYPE_CHECKING:
    from .pod_access import PodAccess


@dataclass(frozen=True, slots=True)
class LeftProcess:
    """A process in a Pod by its name there, and how much of it is known."""

    name: str
    place: OutputPlace


@dataclass(frozen=True, slots=True)
class DetachedPod:
    """A job's Pod, the shell that runs its steps, and its background steps."""

    name: str
    mark: str
    steps: LeftProcess
    background: tuple[LeftProcess, ...] = ()
    changes: str = ""
    """What an admission controller has changed in it."""

    def plain(self) -> Mapping[str, object]:
        """Return it as plain data."""
        found = as_plain(self)
        assert isinstance(found, dict)
        return found

    @classmethod
    def read(cls, data: Mapping[str, object]) -> DetachedPod:
        """Return it from plain data. Raise JobError."""
        try:
            found: DetachedPod = from_plain(cls, data, "place")
        except RecordError as error:
            raise JobError(f"what is known of its Pod cannot be read: {error}") from None
        return found


def leave(access: PodAccess, shells: JobShells, text: str, name: str) -> DetachedPod:
    """Have the driver run what ``text`` says, and let go of it. Raise JobError if the Pod is lost."""
    channel = shells.steps
    process = _of_pod(channel)
    shells.pass_over()
    process.hold()
    place = process.place(channel.taken)
    path = f"{SPOOL}/ahead-{secrets.token_hex(4)}"
    script = f"rm -f {path}\n{text}".encode("utf-8", "surrogateescape")
    if not access.call("sh", "-c", f"umask 077; cat >{path}", input=script).ok:
        raise JobError(f"its steps could not be sent ahead: {access.ended_reason()}")
    shells.send_ahead(path)
    left = LeftProcess(process.name, replace(place, lines=process.lines))
    process.end()
    shells.leave()
    return DetachedPod(name, channel.mark, left)


def delete_left(cluster: Cluster, places: Iterable[Mapping[str, object]]) -> None:
    """Delete Pods that were left, by what is known of them. Raise EngineError."""
    for place in places:
        try:
            cluster.delete_pod(str(place.get("name", "")))
        except (Refused, NoAnswer) as error:
            raise EngineError(f"the Pod {place.get('name')} cannot be deleted: {error}") from None


def _of_pod(channel: Channel) -> PodProcess:
    assert isinstance(channel.process, PodProcess)
    return channel.process
