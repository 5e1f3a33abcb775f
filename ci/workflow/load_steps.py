"""A compiled step's node to a typed step."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from ..errors import ConfigError, Problem
from ..source.nodes import ListNode, MapNode, Node, Scalar
from . import duration, load_environment
from .model import (
    NO_OUTPUT_TIMEOUT,
    AddSshKeys,
    AttachWorkspace,
    Checkout,
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

NO_DELAY = 0.0


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
    make = _MAKERS.get(kind)
    if make is None:
        return Unsupported(node.position, kind, f"a local run knows no step {kind!r}")
    return make(body, node)


def _text(body: MapNode, key: str, default: str = "") -> str:
    node = body.get(key)
    return default if not isinstance(node, Scalar) or node.value is None else _plain(node)


def _plain(node: Scalar) -> str:
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return str(node.value)


def _texts(node: Node | None) -> tuple[str, ...]:
    if isinstance(node, ListNode):
        return tuple(_plain(item) for item in node.items if isinstance(item, Scalar))
    return (_plain(node),) if isinstance(node, Scalar) and node.value is not None else ()


def words(node: Node | None) -> tuple[str, ...]:
    """Return the words of a command line: a list, or one string that is split as a shell does.

    Raise ConfigError if a quote in it is not closed.
    """
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return _texts(node)
    try:
        return tuple(shlex.split(node.value))
    except ValueError as error:
        hint = "close it, or write the command as a list of words"
        raise ConfigError(Problem(f"this command line cannot be split: {error}", node.position, hint)) from None


def _seconds(body: MapNode, key: str, default: float) -> float:
    node = body.get(key)
    if not isinstance(node, Scalar) or node.value is None:
        return default
    try:
        return duration.seconds(_plain(node))
    except ValueError as error:
        raise ConfigError(Problem(f"{key}: {error}", node.position)) from None


def _when(body: MapNode, default: When) -> When:
    node = body.get("when")
    if not isinstance(node, Scalar):
        return default
    if node.value not in ("on_success", "on_fail", "always"):
        message = f"when: must be on_success, on_fail or always, not {node.value!r}"
        raise ConfigError(Problem(message, node.position))
    return node.value  # type: ignore[return-value]  # narrowed by the membership test


def _run(body: MapNode, node: Node) -> Run:
    command = _text(body, "command")
    reruns = body.get("max_auto_reruns")
    return Run(
        position=node.position,
        name=_text(body, "name") or command,
        command=command,
        shell=shlex.join(words(body.get("shell"))) if isinstance(body.get("shell"), ListNode) else _text(body, "shell"),
        environment=load_environment.pairs(body.get("environment")),
        working_directory=_text(body, "working_directory"),
        background=_text(body, "background") == "true",
        no_output_timeout=_seconds(body, "no_output_timeout", NO_OUTPUT_TIMEOUT),
        when=_when(body, "on_success"),
        max_auto_reruns=int(_plain(reruns)) if isinstance(reruns, Scalar) else 0,
        auto_rerun_delay=_seconds(body, "auto_rerun_delay", NO_DELAY),
    )


def _checkout(body: MapNode, node: Node) -> Checkout:
    return Checkout(
        node.position,
        _text(body, "name", "Checkout code"),
        _text(body, "path"),
        _when(body, "on_success"),
    )


def _save_cache(body: MapNode, node: Node) -> SaveCache:
    paths = _texts(body.get("paths"))
    return SaveCache(
        node.position, _text(body, "key"), paths, _text(body, "name", "Saving Cache"), _when(body, "on_success")
    )


def _restore_cache(body: MapNode, node: Node) -> RestoreCache:
    keys = _texts(body.get("key")) + _texts(body.get("keys"))
    return RestoreCache(node.position, keys, _text(body, "name", "Restoring Cache"), _when(body, "on_success"))


def _persist(body: MapNode, node: Node) -> PersistToWorkspace:
    return PersistToWorkspace(
        node.position,
        _text(body, "root"),
        _texts(body.get("paths")),
        _text(body, "name", "Persisting to Workspace"),
        _when(body, "on_success"),
    )


def _attach(body: MapNode, node: Node) -> AttachWorkspace:
    name = _text(body, "name", "Attaching Workspace")
    return AttachWorkspace(node.position, _text(body, "at"), name, _when(body, "on_success"))


def _artifacts(body: MapNode, node: Node) -> StoreArtifacts:
    return StoreArtifacts(
        node.position,
        _text(body, "path"),
        _text(body, "destination"),
        _text(body, "name", "Uploading artifacts"),
        _when(body, "always"),
    )


def _results(body: MapNode, node: Node) -> StoreTestResults:
    name = _text(body, "name", "Uploading test results")
    return StoreTestResults(node.position, _text(body, "path"), name, _when(body, "always"))


def _keys(body: MapNode, node: Node) -> AddSshKeys:
    name = _text(body, "name", "Installing additional SSH keys")
    return AddSshKeys(node.position, name, _when(body, "on_success"))


def _remote_docker(body: MapNode, node: Node) -> SetupRemoteDocker:
    name = _text(body, "name", "Setup a remote Docker engine")
    return SetupRemoteDocker(node.position, name, _when(body, "on_success"))


def _signing(body: MapNode, node: Node) -> Unsupported:
    return Unsupported(node.position, "install_signing_bundle", "signing bundles are kept by CircleCI alone")


_MAKERS: dict[str, Callable[[MapNode, Node], Step]] = {
    "run": _run,
    "deploy": _run,
    "checkout": _checkout,
    "save_cache": _save_cache,
    "restore_cache": _restore_cache,
    "persist_to_workspace": _persist,
    "attach_workspace": _attach,
    "store_artifacts": _artifacts,
    "store_test_results": _results,
    "add_ssh_keys": _keys,
    "setup_remote_docker": _remote_docker,
    "install_signing_bundle": _signing,
}
