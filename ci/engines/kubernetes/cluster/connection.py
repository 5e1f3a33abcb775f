"""A cluster by the user's own kubectl: what is asked of it, and how a run comes to it.

Every way to log in is kubectl's already, and a process for each question takes a tenth of a second.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .... import process
from ....errors import LINE, Problem, cut
from ....system.temporary import temporary_folder
from .api_refusals import NoAnswer, Refused
from .exec_stream import ExecStream, open_exec
from .kubeconfig import WORDS, Target, resolved
from .kubectl_proxy import KubectlProxy, kubectl, socket_place
from .no_cluster import NoCluster
from .requests import Requests
from .watching import PodWatch

Json = dict[str, Any]
START_SECONDS = 20.0
"""How long kubectl is given to start, and to ask the user's ways to log in."""
FIRST_ANSWER_SECONDS = 15.0
SLICE = 0.01
NOT_FOUND, UNAUTHORIZED = 404, 401
HURRY_SECONDS = 5.0
CONFLICT_SECONDS, CONFLICT_PAUSE = 30.0, 0.5


class Cluster:
    """A cluster that answers. All methods may be called from any thread."""

    def __init__(self, requests: Requests, target: Target) -> None:
        self._requests = requests
        self.target = target
        self.context, self.namespace = target.context, target.namespace
        self._pods = f"/api/v1/namespaces/{self.namespace}/pods"

    def create_pod(self, manifest: Json, asked_before: bool = False) -> None:
        """Make a Pod. Raise Refused, or NoAnswer; then it may be there, and is made once if it is ``asked_before``."""
        until = time.monotonic() + CONFLICT_SECONDS
        while True:
            try:
                self._requests.ask("POST", self._pods, None, manifest)
                return
            except Refused as refused:
                if refused.reason == "AlreadyExists" and asked_before:  # it was made, and the answer has been lost
                    return
                # two Pods at once have changed the count of a quota
                if refused.reason != "Conflict" or time.monotonic() > until:
                    raise
            time.sleep(CONFLICT_PAUSE)

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
        return _items(self._requests.ask_patiently("GET", self._pods, {"labelSelector": selector}))

    def delete_pod(self, name: str, grace: int = 1) -> None:
        """Delete a Pod; one that has gone is no error. Without grace its last state would not be reported."""
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
        """Return what the cluster tells of a Pod, the newest last; nothing where that cannot be read."""
        query = {"fieldSelector": f"involvedObject.name={pod}"}
        try:
            return _items(self._requests.ask("GET", f"/api/v1/namespaces/{self.namespace}/events", query))
        except (Refused, NoAnswer):
            return []

    def nodes(self) -> list[Json] | None:
        """Return the nodes; None where the right to list them is missing."""
        try:
            return _items(self._requests.ask("GET", "/api/v1/nodes"))
        except (Refused, NoAnswer):
            return None

    def rules(self) -> list[Json]:
        """Return what this user may do in the namespace. Raise Refused or NoAnswer."""
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview"}
        place = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
        answer = self._requests.ask("POST", place, None, {**body, "spec": {"namespace": self.namespace}})
        found: list[Json] = json.loads(answer)["status"]["resourceRules"]
        return found

    def may(self, verb: str, resource: str) -> bool:
        """Return whether this user has one right in the namespace. Raise Refused or NoAnswer.

        https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
        """
        kind, _, part = resource.partition("/")
        asked = {"namespace": self.namespace, "verb": verb, "resource": kind, "subresource": part}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        place = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        answer = self._requests.ask("POST", place, None, {**body, "spec": {"resourceAttributes": asked}})
        return bool(json.loads(answer)["status"]["allowed"])

    def version(self) -> str:
        """Return the API server's version, as ``v1.34.1``; empty where it does not say."""
        try:
            return str(json.loads(self._requests.ask("GET", "/version"))["gitVersion"])
        except (Refused, NoAnswer, ValueError, KeyError):
            return ""

    def namespace_labels(self) -> dict[str, str] | None:
        """Return the labels of the namespace; None where the right to read them is missing."""
        try:
            found = json.loads(self._requests.ask("GET", f"/api/v1/namespaces/{self.namespace}"))
        except (Refused, NoAnswer):
            return None
        labels: dict[str, str] = found["metadata"].get("labels") or {}
        return labels

    def watch(self, selector: str) -> PodWatch:
        """Watch the Pods that some labels find."""
        return PodWatch(self._requests, self._pods, selector)

    def exec(
        self, pod: str, container: str, args: Sequence[str], *, stdin: bool = False, terminal: bool = False
    ) -> ExecStream:
        """Start a process in a container. Raise Refused or NoAnswer."""
        place = f"{self._pods}/{pod}/exec"
        return open_exec(self._requests.path, place, container, args, stdin, terminal, self._requests.most)

    def hurry(self) -> None:
        """Wait for no answer longer than a few seconds from now on: somebody wants to go."""
        self._requests.most = HURRY_SECONDS


def _items(answer: bytes) -> list[Json]:
    found: list[Json] = json.loads(answer).get("items") or []
    return found


@contextmanager
def connect(target: Target) -> Iterator[Cluster]:
    """Have a cluster while the block lasts. Raise NoCluster, with what to do."""
    with temporary_folder(below=socket_place()) as folder:  # nobody else may enter it
        viewing = process.begin((kubectl(), *WORDS))
        proxy = KubectlProxy(folder, target.context)
        try:
            found = resolved(target, viewing.result(START_SECONDS))
            proxy.context = found.context  # of a later start too, whatever is the current one then
            requests = Requests(proxy.path)
            _wait_until_it_listens(proxy, requests)
            _greet(requests, found)
            yield Cluster(requests, found)
        finally:
            proxy.close()


def _wait_until_it_listens(proxy: KubectlProxy, requests: Requests) -> None:
    """Wait for kubectl. Raise NoCluster if it ends instead."""
    until = time.monotonic() + START_SECONDS
    while not requests.can_connect():
        if proxy.has_ended() or time.monotonic() > until:
            proxy.close()
            reason = cut(proxy.last_words()) or "it does not say why"
            raise NoCluster(
                Problem(f"kubectl cannot start for context {proxy.context}: {reason}", None, _try(proxy.context))
            )
        time.sleep(SLICE)


def _greet(requests: Requests, target: Target) -> None:
    """Ask the first question: whether the namespace is there. Raise NoCluster if the answer rules out any job."""
    context, namespace = target.context, target.namespace
    try:
        found = json.loads(requests.ask("GET", f"/api/v1/namespaces/{namespace}", seconds=FIRST_ANSWER_SECONDS))
        if found.get("kind") != "Namespace":
            raise ValueError
    except NoAnswer as error:
        text = f"the cluster of context {context} does not answer: {cut(str(error))}"
        raise NoCluster(Problem(text, None, _try(context))) from None
    except Refused as refused:
        if refused.code == UNAUTHORIZED:
            text = f"the cluster of context {context} does not know you ({cut(refused.message)})"
            raise NoCluster(Problem(text, None, f"Log in to it. {_try(context)}")) from None
        if not refused.reason:
            raise NoCluster(_no_api_server(context, refused.message)) from None
        if refused.code == NOT_FOUND:
            hint = (
                f"`{kubectl()} --context {context} create namespace {namespace}` makes it; --namespace names another."
            )
            text = f"there is no namespace {namespace} in the cluster of context {context}"
            raise NoCluster(Problem(text, None, hint)) from None
    except (ValueError, AttributeError):
        raise NoCluster(_no_api_server(context, "it answers something else")) from None


def _no_api_server(context: str, answer: str) -> Problem:
    text = f"what answers for context {context} is no Kubernetes API server: {cut(answer, LINE // 4)}"
    return Problem(text, None, "Its address is the cluster's `server` in your kubeconfig.")


def _try(context: str) -> str:
    return f"Try `{kubectl()} --context {context} get pods`: no job can run until that works."
