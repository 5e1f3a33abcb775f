"""The Kubernetes cluster that tests run on: what reaches it, and namespaces and users of a test's own.

``.ci/cluster start FOLDER`` starts one, and NOX_CIRCLECI_TEST_CLUSTER=FOLDER names it.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import yaml

from tests.patience import eventually

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
"""A namespace's label that refuses Pods of more rights: https://kubernetes.io/docs/concepts/security/pod-security-standards/"""
Document = dict[str, Any]
"""An object of the cluster's, as its API has it."""


@dataclass(frozen=True)
class Cluster:
    """A cluster that ``tests/cluster/up.sh`` has started in a folder."""

    folder: Path

    @property
    def program(self) -> Path:
        """Return the kubectl that reaches it."""
        return self.folder / "kubectl"

    @property
    def kubeconfig(self) -> Path:
        """Return its administrator's kubeconfig."""
        return self.folder / "admin.conf"

    def kubectl(self, *args: str, document: object = None, kubeconfig: Path | None = None) -> str:
        """Return what kubectl prints, by default the administrator's; a document is its standard input."""
        words = [self.program, "--kubeconfig", kubeconfig or self.kubeconfig, *args]
        sent = None if document is None else json.dumps(document)
        done = subprocess.run(words, input=sent, capture_output=True, text=True)
        assert done.returncode == 0, f"kubectl {' '.join(args)}: {done.stderr}"
        return done.stdout

    def answers(self, *args: str, kubeconfig: Path | None = None) -> bool:
        """Return whether kubectl succeeds, by default as the administrator."""
        words = [self.program, "--kubeconfig", kubeconfig or self.kubeconfig, *args]
        return subprocess.run(words, capture_output=True).returncode == 0

    def by_digest(self, image: str) -> str:
        """Return the name of an image, which ``.ci/cluster image`` has put there, that never names another content."""
        named = [line.split() for line in (self.folder / "images").read_text(encoding="utf-8").splitlines()]
        return dict(named)[image]

    def nodes(self) -> list[str]:
        """Return the names of the nodes, ``n1`` being the first."""
        return [node["metadata"]["name"] for node in json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]]


@dataclass(frozen=True)
class Namespace:
    """A namespace of a test's own, as one user sees it."""

    VARIABLES: ClassVar = ("KUBECONFIG", "NOX_CIRCLECI_KUBECTL", "NOX_CIRCLECI_KUBERNETES_RESOURCES")
    cluster: Cluster
    name: str
    kubeconfig: Path
    """A kubeconfig whose only context has this namespace and this user."""

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables with which a run is in this namespace as this user.

        Its Pods ask for no resources: on this machine there would be room for one or two at a time.
        """
        return dict(zip(self.VARIABLES, (str(self.kubeconfig), str(self.cluster.program), "0"), strict=True))

    def kubectl(self, *args: str, document: object = None) -> str:
        """Return what kubectl prints in this namespace as this user."""
        return self.cluster.kubectl(*args, document=document, kubeconfig=self.kubeconfig)

    def pods(self) -> list[Document]:
        """Return the Pods of the namespace, whatever this user may see."""
        return json.loads(self.cluster.kubectl("get", "pods", "-n", self.name, "-o", "json"))["items"]

    def may(self, verb: str, resource: str) -> bool:
        """Return whether this user has a right, as ``create`` on ``pods/exec``."""
        resource, _, part = resource.partition("/")  # kubectl would take what follows for an object's name
        more = ["--subresource", part] if part else []
        return self.cluster.answers("auth", "can-i", verb, resource, *more, kubeconfig=self.kubeconfig)

    def limit_pods(self, number: int) -> None:
        """Have the namespace hold no more Pods than that: https://kubernetes.io/docs/concepts/policy/resource-quotas/"""
        quota = {"kind": "ResourceQuota", "metadata": {"name": "pods"}, "spec": {"hard": {"pods": str(number)}}}
        self._create({"apiVersion": "v1", **quota})
        words = ["get", "quota", "pods", "-n", self.name, "-o", "jsonpath={.status.hard.pods}"]
        assert eventually(lambda: self.cluster.kubectl(*words) == str(number))

    def user(self, name: str, *roles: Document) -> Namespace:
        """Return the namespace as seen by a new user who has the rights of these Roles and ClusterRoles alone.

        The user is a service account: each namespace has users of its own, and a name may be in several.
        """
        self._create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
        token = self.cluster.kubectl("create", "token", name, "-n", self.name, "--duration", "24h").strip()
        config = yaml.safe_load(self.kubeconfig.read_text(encoding="utf-8"))
        config["users"][0]["user"] = {"token": token}
        user = replace(self, kubeconfig=_write(self.kubeconfig.with_name(f"{self.name}-{name}.conf"), config))
        for role in roles:
            self._grant(name, role)
            for rule in role["rules"]:
                verb, resource = rule["verbs"][-1], rule["resources"][-1]
                assert eventually(lambda verb=verb, resource=resource: user.may(verb, resource))
        return user

    def _grant(self, user: str, role: Document) -> None:
        """Create a Role or ClusterRole and give it to a user, who has it soon."""
        kind, named = role["kind"], f"{self.name}-{user}"  # a ClusterRole is in no namespace
        self._create({**role, "metadata": {"name": named}})
        self._create(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": f"{kind}Binding",
                "metadata": {"name": named},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": named},
                "subjects": [{"kind": "ServiceAccount", "name": user, "namespace": self.name}],
            }
        )

    def _create(self, document: Document) -> None:
        self.cluster.kubectl("create", "-n", self.name, "-f", "-", document=document)


def kubectl(*args: str) -> str:
    """Return what kubectl prints where the environment of a run on the cluster is this process's."""
    return subprocess.check_output([os.environ["NOX_CIRCLECI_KUBECTL"], *args], text=True)


def pods_of(pid: int) -> list[str]:
    """Return the names of the Pods that a run has made which had this number, where ``kubectl`` looks."""
    listed = json.loads(kubectl("get", "pods", "--selector", "app.kubernetes.io/managed-by=nox-circleci", "-o", "json"))
    pods = [each["metadata"] for each in listed["items"]]
    return [pod["name"] for pod in pods if json.loads(pod["annotations"]["nox-circleci/owner"])["pid"] == pid]


@contextmanager
def open_namespace(cluster: Cluster, folder: Path, labels: dict[str, str] | None = None) -> Iterator[Namespace]:
    """Make a namespace, whose kubeconfigs are in a folder; at the end it is removed with all that is in it."""
    name = f"test-{secrets.token_hex(4)}"
    metadata = {"name": name, "labels": labels or {}}
    cluster.kubectl("create", "-f", "-", document={"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    try:
        # No Pod can be created before the namespace's own service account is there.
        assert eventually(lambda: cluster.answers("get", "serviceaccount", "default", "-n", name))
        config = yaml.safe_load(cluster.kubeconfig.read_text(encoding="utf-8"))
        config["contexts"][0]["context"]["namespace"] = name
        yield Namespace(cluster, name, _write(folder / f"{name}.conf", config))
    finally:
        cluster.kubectl("delete", "namespace", name, "--wait=false")


def without(role: Document, verb: str, resource: str) -> Document:
    """Return a Role that lacks one right, as ``create`` on ``pods/exec``; the Role must have it."""
    lesser = deepcopy(role)
    lesser["rules"] = []
    taken = False
    for rule in role["rules"]:
        if verb in rule["verbs"] and resource in rule["resources"]:
            taken = True
            others = [each for each in rule["resources"] if each != resource]
            verbs = [each for each in rule["verbs"] if each != verb]
            parts = [{**rule, "resources": others}, {**rule, "resources": [resource], "verbs": verbs}]
            lesser["rules"] += [part for part in parts if part["resources"] and part["verbs"]]
        else:
            lesser["rules"].append(rule)
    assert taken, f"the Role does not have {verb} on {resource}"
    return lesser


def _write(file: Path, config: Document) -> Path:
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    file.chmod(0o600)
    return file
