"""What a setup job continues its pipeline with: an endpoint of this machine under the name of CircleCI's.

https://circleci.com/docs/guides/orchestrate/dynamic-config/
"""

from __future__ import annotations

from ..dataclass import dataclass
from ..workflow.model import Pairs
from .box import Box

DOMAIN = "circleci.com"
FOLDER = "continuation"
BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt")
"""Where systems keep the certificates that curl trusts."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """An endpoint as a job reaches it; ``certificate`` is the one that it shows, as PEM text."""

    address: str
    port: int
    key: str
    certificate: str

    @property
    def secrets(self) -> Pairs:
        return (("CIRCLE_CONTINUATION_KEY", self.key),)


def install(box: Box, continuation: Continuation) -> Pairs:
    """Have curl in the box take https://circleci.com for the endpoint; return the variables that do it.

    The continuation orb calls curl. Its requests keep their address and their check of the certificate: curl gets
    where that address is, and to trust the endpoint's certificate beside the usual ones.
    """
    folder = f"{box.task_data}/{FOLDER}"
    known = dict(box.environment)
    places = [known.get("CURL_CA_BUNDLE", ""), known.get("SSL_CERT_FILE", ""), *BUNDLES]
    usual = next((box.read(place) for place in places if place and box.exists(place)), b"")
    box.write(f"{folder}/bundle.pem", usual + b"\n" + continuation.certificate.encode())
    lines = [
        f'connect-to = "{DOMAIN}:443:{continuation.address}:{continuation.port}"',
        f'cacert = "{folder}/bundle.pem"',
    ]
    if any(known.get(name) for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")):
        around = ",".join(filter(None, (known.get("no_proxy") or known.get("NO_PROXY", ""), DOMAIN)))
        lines.append(f'noproxy = "{around}"')
    box.write(f"{folder}/.curlrc", "".join(f"{line}\n" for line in lines).encode())
    return (("CURL_HOME", folder),)
