"""A job as the runtime sees it: typed steps, images, environment; every default filled in."""

from __future__ import annotations

from typing import Literal

from ..dataclass import dataclass
from ..errors import Position

Pairs = tuple[tuple[str, str], ...]
"""Environment variables in order; of two with one name the later counts."""

When = Literal["on_success", "on_fail", "always"]
WHEN: tuple[When, ...] = ("on_success", "on_fail", "always")
ExecutorKind = Literal["docker", "machine", "macos", "none"]
EXECUTORS: tuple[ExecutorKind, ...] = ("docker", "machine", "macos")
NO_OUTPUT_TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class Run:
    """A ``run`` step. https://circleci.com/docs/reference/configuration-reference/#run"""

    position: Position
    name: str
    command: str
    shell: str = ""
    environment: Pairs = ()
    working_directory: str = ""
    background: bool = False
    no_output_timeout: float = NO_OUTPUT_TIMEOUT
    when: When = "on_success"
    max_auto_reruns: int = 0
    auto_rerun_delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Checkout:
    position: Position
    name: str = "Checkout code"
    path: str = ""
    when: When = "on_success"


@dataclass(frozen=True, slots=True)
class SaveCache:
    position: Position
    key: str
    paths: tuple[str, ...]
    name: str = "Saving Cache"
    when: When = "on_success"


@dataclass(frozen=True, slots=True)
class RestoreCache:
    position: Position
    keys: tuple[str, ...]
    name: str = "Restoring Cache"
    when: When = "on_success"


@dataclass(frozen=True, slots=True)
class PersistToWorkspace:
    position: Position
    root: str
    paths: tuple[str, ...]
    name: str = "Persisting to Workspace"
    when: When = "on_success"


@dataclass(frozen=True, slots=True)
class AttachWorkspace:
    position: Position
    at: str
    name: str = "Attaching Workspace"
    when: When = "on_success"


@dataclass(frozen=True, slots=True)
class StoreArtifacts:
    position: Position
    path: str
    destination: str = ""
    name: str = "Uploading artifacts"
    when: When = "always"


@dataclass(frozen=True, slots=True)
class StoreTestResults:
    position: Position
    path: str
    name: str = "Uploading test results"
    when: When = "always"


@dataclass(frozen=True, slots=True)
class AddSshKeys:
    position: Position
    name: str = "Installing additional SSH keys"
    when: When = "on_success"


@dataclass(frozen=True, slots=True)
class SetupRemoteDocker:
    position: Position
    name: str = "Setup a remote Docker engine"
    when: When = "on_success"


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A step that CircleCI knows and a local run cannot do; it is skipped, and reported."""

    position: Position
    name: str
    reason: str
    when: When = "on_success"


Step = (
    Run
    | Checkout
    | SaveCache
    | RestoreCache
    | PersistToWorkspace
    | AttachWorkspace
    | StoreArtifacts
    | StoreTestResults
    | AddSshKeys
    | SetupRemoteDocker
    | Unsupported
)


@dataclass(frozen=True, slots=True)
class Image:
    """A container of the ``docker`` executor; the first is the primary one."""

    image: str
    position: Position
    name: str = ""
    user: str = ""
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    environment: Pairs = ()
    auth: tuple[str, str] | None = None
    """User name and password as written: ``$NAME`` is looked up when the image is pulled."""
    cloud_auth: str = ""
    """The key that has the credentials of a cloud's registry, if any: ``aws_auth`` or ``gcp_auth``."""


@dataclass(frozen=True, slots=True)
class Job:
    """One expanded job. https://circleci.com/docs/reference/configuration-reference/#jobs"""

    name: str
    position: Position
    steps: tuple[Step, ...]
    executor: ExecutorKind
    images: tuple[Image, ...] = ()
    machine_image: str = ""
    environment: Pairs = ()
    working_directory: str = "~/project"
    shell: str = ""
    resource_class: str = ""
    parallelism: int = 1
    ip_ranges: bool = False
