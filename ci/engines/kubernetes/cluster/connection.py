"""A cluster by the user's own kubectl: one ``kubectl proxy`` on a private socket for a run.

Every way to log in is kubectl's already, and a process for each question takes a tenth of a second.
https://kubernetes.io/docs/reference/kubectl/generated/kubectl_proxy/
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from .... import process
from ....dataclass import dataclass
from ....errors import EngineError, Problem
from ....system.temporary import temporary_folder
from .api_refusals import NoAnswer, Refused
from .exec_stream import ExecStream, open_exec
from .requests import Requests
from .watching import PodWatch

Json = dict[str, Any]
VARIABLE = "NOX_CIRCLECI_KUBECTL"
START_SECONDS = 20.0
SLICE = 0.02
WITH_US = 'exec 3<&0; "$@" </dev/null 3<&- & read -r _ <&3; kill $!'
"""Ends a command with this process, however that ends: its input is then at its end."""
NOT_FOUND, FORBIDDEN, CONFLICT, UNAUTHORIZED = 404, 403, 409, 401
CREATE_SECONDS = 30.0


@dataclass(frozen=True)
class Target:
    """Which cluster; what is empty is as the kubeconfig has it."""

    context: str = ""
    namespace: str = ""


def kubectl() -> str:
    """Return the program that reaches clusters: NOX_CIRCLECI_KUBECTL, or kubectl."""
    return os.environ.get(VARIABLE) or "kubectl"


def missing_tool() -> str | None:
    """Return why no cluster can be reached from here; None if what that takes is installed."""
    if not shutil.which(kubectl()):
        return f"there is no {kubectl()} on PATH: install it (https://kubernetes.io/docs/tasks/tools/)"
    if not find_spec("websockets"):
        import sys

        return f"it needs the package websockets: {sys.executable} -m pip install websockets"
    return None


class Cluster:
    """A cluster that answers. All methods may be called from any thread."""

    def __init__(self, requests: Requests, context: str, namespace: str, version: tuple[int, int]) -> None:
        self._requests = requests
        self.context, self.namespace, self.version = context, namespace, version
        self._pods = f"/api/v1/namespaces/{namespace}/pods"

    def create_pod(self, manifest: Json) -> None:
        """Make a Pod, once, however often it takes to ask. Raise Refused, or NoAnswer if no answer comes."""
        until, unanswered = time.monotonic() + CREATE_SECONDS, False
        while True:
            try:
                self._requests.ask("POST", self._pods, None, manifest)
                return
            except Refused as refused:
                if refused.code == CONFLICT and unanswered:  # it was made, and the answer has been lost
                    return
                raise
            except NoAnswer:
                unanswered = True
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def get_pod(self, name: str) -> Json | None:
        """Return a Pod; None if there is none of that name."""
        try:
            found: Json = json.loads(self._requests.ask_patiently("GET", f"{self._pods}/{name}"))
            return found
        except Refused as refused:
            if refused.code == NOT_FOUND:
                return None
            raise

    def list_pods(self, selector: str) -> list[Json]:
        """Return the Pods that some labels find."""
        found: list[Json] = self._items(self._pods, {"labelSelector": selector})
        return found

    def delete_pod(self, name: str, grace: int = 1) -> None:
        """Delete a Pod; one that has gone is no error. With no grace its last state would not be told."""
        try:
            query = {"gracePeriodSeconds": str(grace), "propagationPolicy": "Background"}
            self._requests.ask_patiently("DELETE", f"{self._pods}/{name}", query)
        except Refused as refused:
            if refused.code != NOT_FOUND:
                raise

    def log(self, pod: str, container: str, lines: int = 20) -> str:
        """Return the last lines of a container's log. Raise Refused or NoAnswer."""
        query = {"container": container, "tailLines": str(lines)}
        return self._requests.ask("GET", f"{self._pods}/{pod}/log", query).decode("utf-8", "replace")

    def events(self, pod: str) -> list[Json]:
        """Return what the cluster tells of a Pod, the newest last; nothing where the right to read that is missing."""
        query = {"fieldSelector": f"involvedObject.name={pod}"}
        try:
            return self._items(f"/api/v1/namespaces/{self.namespace}/events", query)
        except (Refused, NoAnswer):
            return []

    def nodes(self) -> list[Json] | None:
        """Return the nodes; None where the right to list them is missing."""
        try:
            return self._items("/api/v1/nodes", {})
        except (Refused, NoAnswer):
            return None

    def watch(self, selector: str) -> PodWatch:
        """Watch the Pods that some labels find."""
        return PodWatch(self._requests, self._pods, selector)

    def exec(
        self, pod: str, container: str, args: Sequence[str], *, stdin: bool = False, terminal: bool = False
    ) -> ExecStream:
        """Start a process in a container. Raise Refused or NoAnswer."""
        return open_exec(self._requests.path, f"{self._pods}/{pod}/exec", container, args, stdin, terminal)

    def _items(self, place: str, query: dict[str, str]) -> list[Json]:
        found: list[Json] = json.loads(self._requests.ask_patiently("GET", place, query)).get("items") or []
        return found


@contextmanager
def connect(target: Target) -> Iterator[Cluster]:
    """Have a cluster while the block lasts. Raise EngineError if it cannot be reached, with what to do."""
    context, namespace = _resolved(target)
    with temporary_folder() as folder:  # nobody else may enter it
        proxy = KubectlProxy(context, os.path.join(folder, "kubectl.sock"))
        try:
            requests = Requests(proxy.path)
            version = _version(requests, proxy, context)
            _check_namespace(requests, context, namespace)
            yield Cluster(requests, context, namespace, version)
        finally:
            proxy.close()


class KubectlProxy:
    """``kubectl proxy``, started again if it ends by itself."""

    def __init__(self, context: str, path: str) -> None:
        self.path = path
        # its own filters keep exec out, and what reaches the socket is this user's alone
        open_all = ("--reject-paths=^$", "--reject-methods=^$", "--accept-hosts=.*")
        self._words = (kubectl(), "--context", context, "proxy", f"--unix-socket={path}", *open_all)
        self._over = threading.Event()
        self._running = self._start()
        threading.Thread(target=self._keep, name="kubectl proxy", daemon=True).start()

    def _start(self) -> process.Popen:
        words = ("sh", "-c", WITH_US, "kubectl", *self._words)
        return process.start(words, stdin=process.PIPE, stdout=process.NOWHERE, stderr=process.PIPE)

    def _keep(self) -> None:
        while not self._over.wait(1.0):
            if not os.path.exists(self.path):  # it removes the socket at its end
                self._stop()
                self._running = self._start()
                self._over.wait(START_SECONDS if not self._waited() else 0.0)

    def _waited(self) -> bool:
        until = time.monotonic() + START_SECONDS
        while not os.path.exists(self.path) and time.monotonic() < until and not self._over.is_set():
            time.sleep(SLICE)
        return os.path.exists(self.path)

    def last_words(self) -> str:
        """End it; return what it has complained of."""
        self._over.set()
        stderr = self._running.stderr
        self._stop()
        return stderr.read().decode("utf-8", "replace").strip() if stderr else ""

    def _stop(self) -> None:
        if self._running.stdin:
            self._running.stdin.close()
        if process.wait(self._running, 1.0) is None:
            process.end_group(self._running)

    def close(self) -> None:
        self._over.set()
        self._stop()


def _version(requests: Requests, proxy: KubectlProxy, context: str) -> tuple[int, int]:
    """Wait for the first answer; return the server's version."""
    until, reason = time.monotonic() + START_SECONDS, "it did not start"
    while time.monotonic() < until:
        try:
            found = json.loads(requests.ask("GET", "/version"))
            return int(found["major"]), int("".join(filter(str.isdigit, found["minor"])))
        except NoAnswer as error:
            reason = str(error)
            if os.path.exists(requests.path) and "No such file" not in reason and "refused" not in reason[:40]:
                break
        except Refused as refused:
            if refused.code == UNAUTHORIZED:
                raise EngineError(
                    Problem(f"the cluster of context {context} does not know you: {refused.message}", None, "Log in.")
                ) from None
            raise EngineError(Problem(f"the cluster of context {context} answers: {refused.message}")) from None
        except ValueError:
            raise EngineError(Problem(f"what context {context} names is no Kubernetes API server")) from None
        time.sleep(SLICE)
    said = proxy.last_words().splitlines()[-1:]
    hint = f"`{kubectl()} --context {context} get pods` shows the same where it is not this program's fault."
    raise EngineError(
        Problem(f"the cluster of context {context} does not answer: {' '.join(said) or reason}", None, hint)
    )


def _resolved(target: Target) -> tuple[str, str]:
    """Return the context and the namespace that are meant."""
    words = [kubectl(), "config", "view", "--minify", "-o", "json"]
    if target.context:
        words += ["--context", target.context]
    done = process.capture(words, timeout=START_SECONDS)
    found = json.loads(done.stdout) if done.ok and done.stdout.strip() else {}
    contexts = found.get("contexts") or []
    if not contexts:
        raise EngineError(_no_context(target, done.stderr))
    entry = contexts[0]
    return entry["name"], target.namespace or (entry.get("context") or {}).get("namespace") or "default"


def _no_context(target: Target, said: str) -> Problem:
    listed = process.capture([kubectl(), "config", "get-contexts", "-o", "name"], timeout=START_SECONDS)
    names = ", ".join(listed.stdout.split())
    if target.context and names:
        return Problem(f"there is no context {target.context!r} in your kubeconfig", None, f"There are {names}.")
    hint = "`kind create cluster` makes one; --kube-context names one of several."
    last = said.strip().splitlines()[-1:]
    return Problem(f"kubectl knows no cluster: {' '.join(last) or 'there is no current context'}", None, hint)


def _check_namespace(requests: Requests, context: str, namespace: str) -> None:
    try:
        requests.ask("GET", f"/api/v1/namespaces/{namespace}")
    except Refused as refused:
        if refused.code == UNAUTHORIZED:
            raise EngineError(
                Problem(f"the cluster of context {context} does not know you: {refused.message}", None, "Log in.")
            ) from None
        if refused.code == NOT_FOUND:
            hint = f"`{kubectl()} create namespace {namespace}` makes it."
            raise EngineError(
                Problem(f"there is no namespace {namespace} in the cluster of context {context}", None, hint)
            ) from None
    except NoAnswer as error:
        raise EngineError(Problem(f"the cluster of context {context} does not answer: {error}")) from None
