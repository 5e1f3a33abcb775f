"""What the engine needs: a CLI with ``local execute``, Docker, an agent that can run there, CircleCI's servers."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping

from ...dataclass import dataclass
from ...process import capture

PROBING = "NOX_CIRCLECI_PROBING"
"""Set while the CLI is asked: our own ``circleci-local``, which a 1.x CLI would start, then only says no."""
SECONDS = 20.0
DOCKER_SECONDS = 15.0
API_SECONDS = 3.0
_VERSION = re.compile(r"\d+\.\d+\.\d+\S*")


@dataclass(frozen=True, slots=True)
class Cli:
    """The program ``circleci`` on PATH; ``path`` is empty if there is none."""

    path: str = ""
    version: str = ""
    local_execute: bool = False
    job_option: bool = False
    """Whether ``local execute`` wants ``--job NAME`` instead of the name alone."""

    @property
    def trouble(self) -> str | None:
        """Why it cannot run jobs; None if it can."""
        if not self.path:
            return "there is no CircleCI CLI on PATH"
        if not self.local_execute:
            return f"the CircleCI CLI {self.version} has no `local execute`: CircleCI took it out of the 1.x line"
        return None


def probe(environ: Mapping[str, str]) -> Cli:
    """Ask the CLI on PATH for its version and for the options of ``local execute``."""
    path = shutil.which("circleci", path=environ.get("PATH", ""))
    if not path:
        return Cli()
    quiet = {**environ, PROBING: "1", "CIRCLECI_CLI_SKIP_UPDATE_CHECK": "true", "CIRCLECI_CLI_TELEMETRY_OPTOUT": "1"}
    answer = capture([path, "version"], env=quiet, timeout=SECONDS)
    found = _VERSION.search(answer.stdout)
    version = found.group() if found else "of an unknown version"
    if version.partition(".")[0] not in ("0", "of an unknown version"):
        return Cli(os.path.abspath(path), version)
    answer = capture([path, "local", "execute", "--help"], env=quiet, timeout=SECONDS)
    help_text = answer.stdout + answer.stderr  # the real one helps on standard error
    # --build-agent-version is the real one's alone: what stands in for it under 1.x has no agent.
    real = "--build-agent-version" in help_text
    return Cli(os.path.abspath(path), version, real, real and re.search(r"--job\b", help_text) is not None)


def docker_trouble(environ: Mapping[str, str]) -> str | None:
    """Return why the CLI would find no Docker; None if it does. It cannot use Podman under Podman's own name."""
    program = shutil.which("docker", path=environ.get("PATH", ""))
    if not program:
        return "there is no docker on PATH"
    done = capture([program, "version"], env=environ, timeout=DOCKER_SECONDS)
    last = done.stderr.strip().splitlines()
    return None if done.ok else f"docker does not answer: {last[-1] if last else 'it took too long'}"


def agent_trouble(environ: Mapping[str, str]) -> str | None:
    """Return why the build agent that the CLI pins would panic: CircleCI-Public/circleci-cli issues 676 and 1189."""
    done = capture(["docker", "info", "--format", "{{.CgroupVersion}}"], env=environ, timeout=DOCKER_SECONDS)
    if done.stdout.strip() != "2":
        return None
    return "Docker's host has cgroup v2, on which the build agent of `local execute` panics"


def api_trouble(server: str) -> str | None:
    """Return why a server does not answer; None if it does, with whatever status of its own."""
    import urllib.error
    import urllib.request

    request = urllib.request.Request(f"{server}/api/v2/compile-config-with-defaults", method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=API_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        return f"{server} answers {error.code}" if error.code in (407, 502, 503, 504) else None
    except (OSError, ValueError) as error:
        return f"{server} does not answer: {getattr(error, 'reason', error)}"
