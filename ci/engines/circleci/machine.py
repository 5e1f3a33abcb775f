"""What the engine needs besides the CLI: Docker, an agent that can run there, CircleCI's servers."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Mapping

from ...process import capture

SECONDS = 15.0
API_SECONDS = 3.0


def docker_trouble(environ: Mapping[str, str]) -> str:
    """Why the CLI would find no Docker; empty where it does. Podman under its own name is no use to it."""
    program = shutil.which("docker", path=environ.get("PATH", ""))
    if not program:
        return "there is no docker on PATH"
    done = capture([program, "version"], env=environ, timeout=SECONDS)
    last = done.stderr.strip().splitlines()
    return "" if done.ok else f"docker does not answer: {last[-1] if last else 'it took too long'}"


def agent_trouble(environ: Mapping[str, str]) -> str:
    """Why the build agent that the CLI pins would panic there: CircleCI-Public/circleci-cli issues 676 and 1189."""
    done = capture(["docker", "info", "--format", "{{.CgroupVersion}}"], env=environ, timeout=SECONDS)
    if done.stdout.strip() != "2":
        return ""
    return "Docker's host has cgroup v2, on which the build agent of `local execute` panics"


def api_trouble(server: str) -> str:
    """Why a server does not answer; any answer of its own will do."""
    request = urllib.request.Request(f"{server}/api/v2/compile-config-with-defaults", method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=API_SECONDS):
            return ""
    except urllib.error.HTTPError as error:
        return f"{server} answers {error.code}" if error.code in (407, 502, 503, 504) else ""
    except (OSError, ValueError) as error:
        return f"{server} does not answer: {getattr(error, 'reason', error)}"
