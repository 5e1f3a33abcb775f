"""Everything that a run needs, checked: what is there, what is missing, and the command that fixes it."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from ..dataclass import asdict, replace
from ..engines.circleci.probe import probe
from ..engines.docker.client import NoEngine, Search, without_password
from ..engines.host.interpreters import find, missing
from ..errors import CiError
from ..git.reading import GitReading
from ..pause.paused_runs import paused_runs
from ..process import capture
from ..project.project import Project
from ..run.detachment import until_text
from ..run.folder import is_detached, leftovers, runs
from ..runtime.left_run import detached_jobs
from ..system.command_names import program as our_program
from ..system.command_names import typed_command
from ..system.version import DISTRIBUTION, own_version
from ..workflow.model import Job
from .check import SECONDS, Check, Level, program
from .crash_log import last_log
from .job_tools import job_tools

MEMORY, CPUS = 4 * 10**9, 2
"""What CircleCI's checklist for local runs requires of Docker."""
DISK = 5 * 10**9


def diagnose(
    project: Project,
    environ: Mapping[str, str],
    jobs: Sequence[Job] | CiError,
    built: Collection[str] = (),
    elsewhere: bool = False,
) -> list[Check]:
    """Return every check, in the order to read them.

    ``jobs`` are the config's, or why there are none; ``built`` the images that this project builds.
    ``elsewhere`` says that jobs run in a cluster, which pulls all other images itself.
    """
    found = () if isinstance(jobs, CiError) else jobs
    return [
        _package(),
        _python(),
        _nox(),
        program("git", environ, "error", "sudo apt-get install git   (macOS: xcode-select --install)"),
        repository(project.root),
        program("bash", environ, "error", "sudo apt-get install bash"),
        _config(jobs),
        *_interpreters(found, project.settings.python_from, environ),
        *(_containers(built if elsewhere else _image_names(found), environ, built) if built or not elsewhere else ()),
        _cli(environ),
        *job_tools(project, found, environ),
        disk(shutil.disk_usage(project.root).free),
        _leftovers(Path(tempfile.gettempdir())),
        *_paused(project.state),
        *_detached(project.state),
        *_last_error(project.root),
    ]


def _paused(state: Path) -> Iterator[Check]:
    for run in paused_runs(runs(state)):
        run.channel.close()
        names = ", ".join(str(each["job"]) for each in run.jobs)
        yield Check("paused", "warning", f"run {run.id} waits with {names}", typed_command("paused"))


def _detached(state: Path) -> Iterator[Check]:
    for run in filter(is_detached, runs(state)):
        found = detached_jobs(run)
        jobs = (
            f"has left {', '.join(found.jobs)} in its cluster until {until_text(found.until)}"
            if found
            else "is unreadable"
        )
        level: Level = "ok" if found else "warning"
        yield Check("detached", level, f"run {run.name} {jobs}", typed_command(f"resume {run.name}"))


def healthy(checks: Sequence[Check]) -> bool:
    """Return whether the config's jobs can run here."""
    return all(check.level != "error" for check in checks)


def _package() -> Check:
    return Check(DISTRIBUTION, "ok", f"{own_version()}, in {Path(__file__).parents[1]}")


def _python() -> Check:
    return Check("python", "ok", f"{sys.version.split()[0]} on {sys.platform}")


def _nox() -> Check:
    try:
        return Check("nox", "ok", metadata.version("nox"))
    except metadata.PackageNotFoundError:
        return Check("nox", "warning", f"not installed: `{our_program()}` works without it", "pip install nox")


def repository(project: Path) -> Check:
    """Return whether git reads the repository that holds a project."""
    git = GitReading(project)
    for problem in git.problems():
        return Check("repository", "error", problem.message, problem.hint)
    return Check("repository", "ok", f"{git.place.top}" if git.place else "none: jobs get a copy of the folder")


def _config(jobs: Sequence[Job] | CiError) -> Check:
    if isinstance(jobs, CiError):
        return Check("config", "error", str(jobs.problems[0]).splitlines()[0], typed_command("validate"))
    return Check("config", "ok", f"compiles, {len(jobs)} jobs")


def _interpreters(jobs: Sequence[Job], variable: str, environ: Mapping[str, str]) -> Iterator[Check]:
    versions = {dict(job.environment).get(variable, "") for job in jobs} - {""} if variable else set()
    for version in sorted(versions):
        name = f"python {version}"
        interpreter = find(version, environ)
        if interpreter:
            yield Check(name, "ok", f"{interpreter.version}, for the host engine")
        else:
            yield Check(name, "warning", missing(version), f"pyenv install {version}")


def _image_names(jobs: Sequence[Job]) -> set[str]:
    return {image.image for job in jobs for image in job.images if "$" not in image.image}


def _containers(images: Collection[str], environ: Mapping[str, str], built: Collection[str]) -> Iterator[Check]:
    search = Search(environ)
    client = search.result()
    if isinstance(client, NoEngine) and not search.installed:
        yield Check("docker", "warning", f"{client.reason}: only --engine host", _get_docker())
    elif isinstance(client, NoEngine):
        yield Check(search.installed[0], "warning", client.reason, _start(search.installed[0]))
    else:
        answer = capture([client.program, "info", "--format", "{{json .}}"], env=environ, timeout=SECONDS)
        info = json.loads(answer.stdout) if answer.ok else {}
        check = engine_check(client.program, _place(client.program, environ), info)
        yield replace(check, text=f"{check.text}; {client.instead}") if client.instead else check
        yield from _images(client.program, images, environ, built)


def engine_check(program: str, place: str, info: Mapping[str, object]) -> Check:
    """Return the check of what an engine's ``info`` reports: version, cgroup version, memory in bytes and CPUs."""
    host = info.get("host")
    if isinstance(host, dict):  # Podman's own shape
        release = info.get("version")
        version = release.get("Version", "?") if isinstance(release, dict) else "?"
        cgroup, memory, cpus = str(host.get("cgroupVersion", "")).lstrip("v"), host.get("memTotal"), host.get("cpus")
    else:
        version, cgroup = str(info.get("ServerVersion")), str(info.get("CgroupVersion", ""))
        memory, cpus = info.get("MemTotal"), info.get("NCPU")
    size, count = memory if isinstance(memory, int) else 0, cpus if isinstance(cpus, int) else 0
    text = f"{version} at {place}, cgroup v{cgroup or '?'}, {size / 1e9:.1f} GB, {count} CPUs"
    if size < MEMORY or count < CPUS:
        fix = "Give Docker 4 GB and 2 CPUs: Docker Desktop, Settings, Resources; elsewhere a larger machine."
        return Check(program, "warning", f"{text}: jobs may need 4 GB and 2 CPUs", fix)
    return Check(program, "ok", text)


def _place(program: str, environ: Mapping[str, str]) -> str:
    host = environ.get("CONTAINER_HOST" if program == "podman" else "DOCKER_HOST", "")
    if host:
        return without_password(host)
    if program == "podman":
        return "its own socket"
    context = capture([program, "context", "show"], env=environ, timeout=SECONDS)
    return f"context {context.stdout.strip() or 'default'}"


def _images(
    program: str, images: Collection[str], environ: Mapping[str, str], built: Collection[str]
) -> Iterator[Check]:
    for image in sorted(images):
        words = [program, "image", "inspect", "--format", "{{.Size}}", image]
        answer = capture(words, env=environ, timeout=SECONDS)
        size = answer.stdout.strip()
        if answer.ok and size.isdecimal():
            yield Check("image", "ok", f"{image} ({int(size) / 1e9:.1f} GB)")
        else:
            fix = typed_command("images") if image in built else f"{program} pull {image}"
            yield Check("image", "warning", f"{image} is not here yet", fix)


def _get_docker() -> str:
    return "https://docs.docker.com/engine/install/"


def _start(program: str) -> str:
    if "podman" in program:
        return "podman machine start" if sys.platform == "darwin" else "podman info   (it reports what is wrong)"
    return "sudo systemctl start docker   (macOS: open -a Docker)"


def _cli(environ: Mapping[str, str]) -> Check:
    cli = probe(environ)
    if cli.trouble:
        return Check("circleci", "warning", f"{cli.trouble}: only needed for --engine circleci")
    return Check("circleci", "ok", f"{cli.version} with `local execute`")


def disk(free: int) -> Check:
    """Return the check of the free space for runs and images, in bytes."""
    level: Level = "ok" if free >= DISK else "warning" if free >= DISK // 10 else "error"
    return Check("disk", level, f"{free / 1e9:.1f} GB free", "" if level == "ok" else typed_command("clean all"))


def _leftovers(temporary: Path) -> Check:
    dead = leftovers(temporary)
    if dead:
        return Check("leftovers", "warning", f"{len(dead)} folders of killed runs", typed_command("clean runs"))
    return Check("leftovers", "ok", "none")


def _last_error(project: Path) -> Iterator[Check]:
    log = last_log(project)
    if log is not None:
        day = time.strftime("%Y-%m-%d %H:%M", time.localtime(log.stat().st_mtime))
        fix = "Attach the file to a report of the error, then remove it."
        yield Check("last error", "warning", f"unexpected, {day}: {log}", fix)


def as_json(checks: Sequence[Check]) -> str:
    """Return ``{"ok": ..., "checks": [{"name", "level", "text", "fix"}]}``."""
    return json.dumps({"ok": healthy(checks), "checks": [asdict(check) for check in checks]}, indent=2)
