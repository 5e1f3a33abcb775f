"""The cause of a failed pull or build, out of what engines print."""

import pytest

from ci.engines.docker.images.causes import build_cause, cause

DAEMON = "Error response from daemon: "
LOOKUP = 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.2:53: no such host'
CREATING = "Error: creating build container: initializing source docker://debian:12: pinging container registry "
DENIED = "pull access denied for nobody/has, repository does not exist or may require 'docker login': denied: "
SOLVE = "ERROR: failed to solve: debian:12: failed to resolve source metadata for docker.io/library/debian:12: "
HEAD = 'failed to do request: Head "https://registry-1.docker.io/v2/library/debian/manifests/12": dial tcp: '


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (DAEMON + LOOKUP, "no such host (registry-1.docker.io)"),
        (f"{CREATING}registry-1.docker.io: {LOOKUP}", "no such host (registry-1.docker.io)"),
        (f"{SOLVE}{HEAD}lookup registry-1.docker.io: i/o timeout", "i/o timeout (registry-1.docker.io)"),
        (
            'failed to configure transport: Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: refused it',
            "refused it (127.0.0.1:9)",
        ),
        (f"{DAEMON}{DENIED}requested access to the resource is denied", "requested access to the resource is denied"),
        (f"{DAEMON}manifest for a/b:1 not found: manifest unknown: manifest unknown", "manifest unknown"),
        ("no such manifest: docker.io/a/b:1", "no such manifest: docker.io/a/b:1"),
        (f'{DAEMON}Get "https://r.example/v2/": EOF', 'Get "https://r.example/v2/": EOF'),
        (
            f'{DAEMON}Get "https://r.example/v2/": x509: certificate signed by unknown authority',
            "certificate signed by unknown authority (r.example)",
        ),
        ("toomanyrequests: the limit is reached: https://example.com/limit", "the limit is reached (example.com)"),
        ("", ""),
    ],
)
def test_the_cause_is_the_innermost_part_with_the_place_that_it_is_about(line, expected):
    assert cause(line) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Step 1/2 : FROM debian:12", LOOKUP], "no such host (registry-1.docker.io)"),
        (
            [
                "Step 2/2 : RUN exit 9",
                " ---> Running in 1f",
                "The command '/bin/sh -c exit 9' returned a non-zero code: 9",
            ],
            "Step 2/2 : RUN exit 9 ended with exit status 9",
        ),
        (
            [
                "[2/2] STEP 3/3: RUN exit 9",
                'Error: building at STEP "RUN exit 9": while running runtime: exit status 9',
            ],
            "[2/2] STEP 3/3: RUN exit 9 ended with exit status 9",
        ),
        (
            [
                "#5 [2/2] RUN exit 9",
                '#5 ERROR: process "/bin/sh -c exit 9" did not complete successfully: exit code: 9',
                "------",
                " > [2/2] RUN exit 9:",
                "------",
                'ERROR: failed to solve: process "/bin/sh -c exit 9" did not complete successfully: exit code: 9',
            ],
            "#5 [2/2] RUN exit 9 ended with exit status 9",
        ),
        (["unknown flag --x"], "unknown flag --x"),
        ([], "no reason was given"),
    ],
)
def test_a_build_fails_for_its_last_error_or_for_the_step_that_ended(lines, expected):
    assert build_cause(lines) == expected
