"""What a setup job continues its pipeline with: curl in the job takes https://circleci.com for an endpoint of ours.

https://circleci.com/docs/guides/orchestrate/dynamic-config/; CURL_HOME and .curlrc: https://curl.se/docs/manpage.html
"""

from types import SimpleNamespace

import pytest

from ci.runtime.continuation_client import BUNDLES, Continuation, install

ENDPOINT = Continuation("127.0.0.1", 4433, "key", "CERTIFICATE\n")


def installed(environment=(), files=()):
    """Return the files that are written, and the variables."""
    there = {name: content.encode() for name, content in dict(files).items()}
    box = SimpleNamespace(
        task_data="/data", environment=tuple(dict(environment).items()), exists=there.__contains__,
        read=there.__getitem__, write=there.__setitem__,
    )  # fmt: skip
    variables = install(box, ENDPOINT)
    return {name: content.decode() for name, content in there.items()}, dict(variables)


def test_curl_connects_to_the_endpoint_and_trusts_its_certificate():
    files, variables = installed()
    assert variables == {"CURL_HOME": "/data/continuation"}
    assert files["/data/continuation/.curlrc"].splitlines() == [
        'connect-to = "circleci.com:443:127.0.0.1:4433"',
        'cacert = "/data/continuation/bundle.pem"',
    ]
    assert files["/data/continuation/bundle.pem"] == "\nCERTIFICATE\n"


@pytest.mark.parametrize(
    ("environment", "files", "first"),
    [
        ({}, {BUNDLES[0]: "debian"}, "debian"),
        ({}, {BUNDLES[1]: "alpine", BUNDLES[2]: "fedora"}, "alpine"),
        ({"CURL_CA_BUNDLE": "/own"}, {"/own": "own", BUNDLES[0]: "debian"}, "own"),
        ({"SSL_CERT_FILE": "/own"}, {"/own": "own", BUNDLES[0]: "debian"}, "own"),
        ({"CURL_CA_BUNDLE": "/gone"}, {BUNDLES[0]: "debian"}, "debian"),
    ],
)
def test_the_usual_certificates_stay_trusted(environment, files, first):
    found, _ = installed(environment, files)
    assert found["/data/continuation/bundle.pem"] == f"{first}\nCERTIFICATE\n"


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("without", "line"),
    [
        ({}, 'noproxy = "circleci.com"'),
        ({"no_proxy": "a,b"}, 'noproxy = "a,b,circleci.com"'),
        ({"NO_PROXY": "c"}, 'noproxy = "c,circleci.com"'),
        ({"no_proxy": "a", "NO_PROXY": "c"}, 'noproxy = "a,circleci.com"'),
    ],
)
def test_no_proxy_stands_between(name, without, line):
    files, _ = installed({name: "http://proxy", **without})
    assert files["/data/continuation/.curlrc"].splitlines()[-1] == line


def test_the_key_is_a_secret_of_the_job():
    assert ENDPOINT.secrets == (("CIRCLE_CONTINUATION_KEY", "key"),)
