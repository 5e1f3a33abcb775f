"""An admission controller that changes Pods: a webhook of the test cluster's, for one namespace.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
"""

from __future__ import annotations

import base64
import json
import select
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from tests.cluster.ground import Document, Namespace
from tests.patience import eventually

ADDRESS = "10.77.0.1"
"""Where the API server is in the cluster's network; the webhook is beside it."""
PATCH = list[dict[str, object]]
"""A JSON patch: https://datatracker.ietf.org/doc/html/rfc6902"""


@contextmanager
def changing_pods(namespace: Namespace, folder: Path, patch: PATCH) -> Iterator[None]:
    """Have each Pod that is made in a namespace be changed by a patch."""
    cluster = namespace.cluster
    network = (cluster.folder / "name").read_text(encoding="utf-8").strip()
    certificate = _certificate(folder)
    words = ["nsenter", f"--net=/run/netns/{network}", "--", sys.executable, "-m", __name__, str(certificate)]
    server = subprocess.Popen([*words, json.dumps(patch)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        cluster.kubectl("create", "-f", "-", document=_configuration(namespace.name, port, certificate))
        try:
            assert eventually(lambda: _is_asked(namespace, server))
            yield
        finally:
            cluster.kubectl("delete", "mutatingwebhookconfiguration", namespace.name)
    finally:
        server.kill()
        server.communicate()


def _is_asked(namespace: Namespace, server: subprocess.Popen[str]) -> bool:
    """Return whether the API server knows of the webhook by now, and asks it."""
    container = {"name": "primary", "image": "nox-circleci/base", "command": ["true"]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "no-pod"}, "spec": {"containers": [container]}}
    namespace.kubectl("create", "--dry-run=server", "-f", "-", document=pod)
    return bool(select.select([server.stdout], [], [], 0.2)[0])


def _certificate(folder: Path) -> Path:
    """Make a certificate for the address, with its key in the same file."""
    file, key = folder / "certificate.pem", folder / "key.pem"
    subject = ["-subj", "/CN=webhook", "-addext", f"subjectAltName=IP:{ADDRESS}"]
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*words, "-keyout", str(key), "-out", str(file)], check=True, capture_output=True)
    file.write_text(file.read_text(encoding="ascii") + key.read_text(encoding="ascii"), encoding="ascii")
    return file


def _configuration(namespace: str, port: int, certificate: Path) -> Document:
    trusted = certificate.read_text(encoding="ascii").partition("-----BEGIN PRIVATE KEY")[0]
    bundle = base64.b64encode(trusted.encode()).decode()
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": namespace},
        "webhooks": [
            {
                "name": "changes.pods.test",
                "clientConfig": {"url": f"https://{ADDRESS}:{port}/", "caBundle": bundle},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
            }
        ],
    }


def serve(certificate: str, patch: str) -> None:
    """Answer each question with the patch; print the port first."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            print("asked", flush=True)
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            encoded = base64.b64encode(patch.encode()).decode()
            response = {"uid": asked["request"]["uid"], "allowed": True, "patchType": "JSONPatch", "patch": encoded}
            content = json.dumps({**asked, "request": None, "response": response}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer((ADDRESS, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(*sys.argv[1:])
