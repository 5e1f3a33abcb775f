"""A compiled step's node to a typed step."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from ..errors import ConfigError, Problem
from ..source.nodes import ListNode, MapNode, Node, Scalar
from . import duration, load_environment
from .model import (
    WHEN,
    AddSshKeys,
    AttachWorkspace,
    Checkout,
    Pairs,
    PersistToWorkspace,
    RestoreCache,
    Run,
    SaveCache,
    SetupRemoteDocker,
    Step,
    StoreArtifacts,
    StoreTestResults,
    Unsupported,
    When,
)

Loader = Callable[[MapNode, Node], Step]
Reader = Callable[[MapNode], object]
"""Reads one field of a step's record; None if the step does not have it, so that the record's default holds."""


def step(node: Node) -> Step:
    """Return the step that a compiled node describes; raise ConfigError if a value cannot be used.

    https://circleci.com/docs/reference/configuration-reference/#steps
    """
    if isinstance(node, Scalar):
        return _typed(str(node.value), MapNode({}, node.file, node.line, node.column), node)
    assert isinstance(node, MapNode)
    [(key, body)] = node.items()
    if isinstance(body, Scalar):
        body = MapNode({"command": (key, body)} if body.value is not None else {}, body.file, body.line, body.column)
    assert isinstance(body, MapNode)
    return _typed(str(key.value), body, node)


def _typed(kind: str, body: MapNode, node: Node) -> Step:
    load = _LOADERS.get(kind)
    if load is None:
        return Unsupported(node.position, kind, f"a local run knows no step {kind!r}")
    return load(body, node)


def _record(record: Callable[..., Step], **fields: Reader) -> Loader:
    """Return the loader of a step: each field by its reader, beside ``name`` and ``when``, which every step has."""
    readers: dict[str, Reader] = {"name": _text("name"), "when": _when, **fields}

    def load(body: MapNode, node: Node) -> Step:
        values = {name: read(body) for name, read in readers.items()}
        return record(position=node.position, **{name: value for name, value in values.items() if value is not None})

    return load


def _plain(node: Scalar) -> str:
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return str(node.value)


def _text(key: str, absent: str | None = None) -> Callable[[MapNode], str | None]:
    def read(body: MapNode) -> str | None:
        node = body.get(key)
        return absent if not isinstance(node, Scalar) or node.is_null else _plain(node)

    return read


def _texts(*keys: str) -> Callable[[MapNode], tuple[str, ...]]:
    return lambda body: tuple(text for key in keys for text in _all(body.get(key)))


def _all(node: Node | None) -> tuple[str, ...]:
    if isinstance(node, ListNode):
        return tuple(_plain(item) for item in node.items if isinstance(item, Scalar))
    return (_plain(node),) if isinstance(node, Scalar) and not node.is_null else ()


def words(node: Node | None) -> tuple[str, ...]:
    """Return the words of a command line: a list, or one string that is split as a shell does.

    Raise ConfigError if a quote in it is not closed.
    """
    if node is None or node.text is None:
        return _all(node)
    try:
        return tuple(shlex.split(node.text))
    except ValueError as error:
        hint = "close it, or write the command as a list of words"
        raise ConfigError(Problem(f"this command line cannot be split: {error}", node.position, hint)) from None


def _seconds(key: str) -> Callable[[MapNode], float | None]:
    def read(body: MapNode) -> float | None:
        node = body.get(key)
        if not isinstance(node, Scalar) or node.is_null:
            return None
        try:
            return duration.seconds(_plain(node))
        except ValueError as error:
            raise ConfigError(Problem(f"{key}: {error}", node.position)) from None

    return read


def _when(body: MapNode) -> When | None:
    node = body.get("when")
    if not isinstance(node, Scalar):
        return None
    for when in WHEN:
        if node.value == when:
            return when
    message = f"when: must be on_success, on_fail or always, not {node.value!r}"
    raise ConfigError(Problem(message, node.position))


def _run_name(body: MapNode) -> str | None:
    return _text("name")(body) or _text("command", "")(body)


def _shell(body: MapNode) -> str | None:
    shell = body.get("shell")
    return shlex.join(words(shell)) if isinstance(shell, ListNode) else _text("shell")(body)


def _environment(body: MapNode) -> Pairs:
    return load_environment.pairs(body.get("environment"))


def _background(body: MapNode) -> bool:
    return _text("background")(body) == "true"


def _reruns(body: MapNode) -> int | None:
    node = body.get("max_auto_reruns")
    return int(_plain(node)) if isinstance(node, Scalar) else None


def _signing(body: MapNode, node: Node) -> Step:
    return Unsupported(node.position, "install_signing_bundle", "signing bundles are kept by CircleCI alone")


_RUN = _record(
    Run,
    name=_run_name,
    command=_text("command", ""),
    shell=_shell,
    environment=_environment,
    working_directory=_text("working_directory"),
    background=_background,
    no_output_timeout=_seconds("no_output_timeout"),
    max_auto_reruns=_reruns,
    auto_rerun_delay=_seconds("auto_rerun_delay"),
)
_LOADERS: dict[str, Loader] = {
    "run": _RUN,
    "deploy": _RUN,
    "checkout": _record(Checkout, path=_text("path")),
    "save_cache": _record(SaveCache, key=_text("key", ""), paths=_texts("paths")),
    "restore_cache": _record(RestoreCache, keys=_texts("key", "keys")),
    "persist_to_workspace": _record(PersistToWorkspace, root=_text("root", ""), paths=_texts("paths")),
    "attach_workspace": _record(AttachWorkspace, at=_text("at", "")),
    "store_artifacts": _record(StoreArtifacts, path=_text("path", ""), destination=_text("destination")),
    "store_test_results": _record(StoreTestResults, path=_text("path", "")),
    "add_ssh_keys": _record(AddSshKeys),
    "setup_remote_docker": _record(SetupRemoteDocker),
    "install_signing_bundle": _signing,
}
