"""What ``--help`` says below the options: examples, exit statuses, and the values that variables and files set now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..system.command_names import usage_name
from .declaration import Option
from .groups import ENVIRONMENT
from .settings import PYPROJECT, ProjectSettings

RUN_STATUS = (
    "0 passed, or only approvals are open; 1 a job failed, or nothing ran; 2 bad input; 77 only paused jobs are left; "
    "130 interrupted"
)
STATUS = {
    **dict.fromkeys(("run", "rerun", "resume", "execute"), RUN_STATUS),
    "validate": "0 valid; 2 it has errors, or with --strict warnings; 130 interrupted",
    "doctor": "0 jobs can run here; 1 something that they need is missing; 2 bad input; 130 interrupted",
}
"""Exit statuses of commands, if they have more than the usual ones."""
USUAL_STATUS = "0 done; 1 it failed; 2 bad input; 130 interrupted"
EXAMPLES: Mapping[str, Sequence[str]] = {
    "run": ("-j build", "-e py3 --parallel", "--engine docker --env NPM_TOKEN", "--pause", "--dry-run"),
    "rerun": ("", "-1 build", "--all --parallel"),
    "list": ("--json",),
    "validate": ("", "--fix", "--format sarif", "other.yml --strict"),
    "process": ("", "- --param version=2", "--tag v1.0"),
    "graph": ("", "smoke --json"),
    "plan": ("", "--tag v1.0", "--branch main --trigger pull_request", "--schedule nightly --json"),
    "runs": ("", "--json"),
    "log": ("", "-1 build", "last build --step 3"),
    "report": ("", "-1"),
    "paused": ("--json",),
    "resume": ("--retry", "--edits", "-j build --from 3"),
    "trust": ("--show", "", "--revoke"),
    "clean": ("", "runs containers", "pods --kube-context kind-kind"),
    "doctor": ("", "--json", "--engine kubernetes", "--role"),
    "images": ("", "--pull"),
    "orbs add": ("circleci/node https://github.com/CircleCI-Public/node-orb --version 5.2", "acme/tool ../tool-orb"),
    "orbs fetch": ("", "--update"),
    "orbs export": ("orbs.tar.gz",),
    "orbs import": ("orbs.tar.gz --user",),
    "orbs pack": ("src",),
    "pack": (".circleci",),
    "extension": ("install", "remove"),
    "serve": ("--port 8080",),
}
"""Arguments of commands, as people type them."""


def epilog(command: str, begin: str = "") -> str:
    """Return a command's examples and exit statuses; ``begin`` is what a usage line of it begins with."""
    begin = begin or usage_name(command)
    lines = [f"  {begin} {words}".rstrip() for words in EXAMPLES.get(command, ())]
    examples = ["examples:", *lines, ""] if lines else []
    return "\n".join(
        [*examples, "exit status:", *(f"  {each}" for each in STATUS.get(command, USUAL_STATUS).split("; "))]
    )


def set_now(options: Sequence[Option], environ: Mapping[str, str], settings: ProjectSettings) -> Iterator[str]:
    """Yield a line for each value that a variable or a file sets: the option, the value unless it is secret, where."""
    for option in options:
        if environ.get(option.variable, ""):
            yield _line(option, environ[option.variable], option.variable)
        for found, waits in ((settings, option.consent is not None), (settings.user, False)):
            for key, value in found.options if found else ():
                if key == option.key:
                    place = f"{found.place(key) or PYPROJECT}" if found else ""
                    yield _line(option, value, f"{place}{', after trust' if waits else ''}")


def _line(option: Option, value: str, place: str) -> str:
    secret = option.group == ENVIRONMENT or option.field in ("params", "pipeline_parameters")
    shown = f"{value.partition('=')[0]}=..." if secret and "=" in value else value
    return f"{'--' if option.flags else ''}{option.name} {shown}   ({place})"
