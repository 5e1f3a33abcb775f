"""The arguments of commands beside the options of a run: one declaration each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import values
from .declaration import Option

Arguments = tuple[Option, ...]


def argument(*names: str, help: str, default: Any = "", **declared: Any) -> Option:
    """Declare an argument by its flags, or by its name if it has none."""
    flags = tuple(name for name in names if name.startswith("-"))
    field = declared.pop("field", max(names, key=len).lstrip("-").replace("-", "_"))
    return Option(field=field, flags=flags, help=help, default=default, **declared)


def switch(*flags: str, help: str, **declared: Any) -> Option:
    """Declare an option that takes no value."""
    return argument(*flags, help=help, default=False, **declared)


FILE = argument("file", count="?", help="a config; - is standard input (default: the project's)")
NEXT = argument(
    "-n", "--next", field="compiler", constant="current", default=None, help="the same as --compiler current"
)
JSON = switch("--json", help="one JSON document")
USER = switch("--user", help="into ~/.circleci/orbs, for all your projects")
RUN = argument("run", count="?", metavar="RUN", help="last (the default), -1 for the one before it, -2 ..., or an id")

ARGUMENTS: Mapping[str, Arguments] = {
    "init": (),
    "list": (JSON,),
    "validate": (
        FILE,
        argument(
            "--format",
            choices=("text", "json", "github", "sarif"),
            default="text",
            help="lines for people (text, the default), one JSON document, annotations of GitHub, or SARIF 2.1.0",
        ),
        argument("--json", field="format", constant="json", default="text", help="the same as --format json"),
        switch("--fix", help="first rewrite the file for version 2.1, as far as that is safe (-: print it)"),
        NEXT,
    ),
    "process": (FILE, NEXT),
    "graph": (
        argument("workflow", count="?", help="this workflow only"),
        argument(
            "--format",
            choices=("text", "mermaid", "dot", "svg", "json"),
            help="text, or what Mermaid, Graphviz or a browser draws (default: boxes on a terminal, else text)",
        ),
        JSON,
    ),
    "plan": (JSON,),
    "runs": (JSON,),
    "log": (
        RUN,
        argument("job", count="?", metavar="JOB", help="the job, or one of its nodes: JOB/INDEX"),
        argument("--step", convert=values.count, default=0, metavar="N", help="its step of that number"),
    ),
    "report": (RUN,),
    "rerun": (),
    "paused": (JSON,),
    "resume": (
        argument(
            "run",
            count="?",
            metavar="RUN",
            help="a run: last, -1 or an id (default: the one that is paused or detached); "
            "a detached one goes on with its options, and takes those of run, such as --env or --detach",
        ),
        argument("-j", "--job", metavar="NAME", help="the job, if several are paused"),
        switch("--retry", exclusive=True, help="run the step again (the default)"),
        argument(
            "--from",
            field="from_step",
            exclusive=True,
            convert=values.count,
            default=0,
            metavar="N",
            help="run again from step N on",
        ),
        switch("--skip", exclusive=True, help="pass the step over"),
        switch("--continue", field="onward", exclusive=True, help="go on as a job that nothing has stopped"),
        switch("--give-up", exclusive=True, help="end the job as failed"),
        switch("--shell", exclusive=True, help="open a shell in the job, which stays paused"),
        switch("--edits", help="first put the files that you have edited since into the job's checkout"),
    ),
    "shell": (
        argument("job", count="?", metavar="JOB", help="the job, or one of its nodes: JOB/INDEX (default: the one)"),
        argument(
            "--step",
            convert=values.count,
            default=0,
            metavar="N",
            help="with the environment of step N (default: the one where it is paused, has failed, or else ended)",
        ),
        switch(
            "--prepare",
            help="run the job first, up to step N (default: to where it fails, or its end), with the options of run",
        ),
        argument("--run", metavar="RUN", help="the paused or kept job of this run: last, -1 or an id"),
        argument("--workflow", metavar="NAME", help="with --prepare: the job of this workflow, if several have it"),
        argument("--noxfile", help=""),
    ),
    "trust": (
        switch("--show", exclusive=True, help="show what the project asks for and what is allowed"),
        switch("--revoke", exclusive=True, help="forget what was allowed for the project"),
    ),
    "clean": (
        argument(
            "what",
            count="*",
            choices=("runs", "cache", "containers", "pods", "all"),
            default="all",
            help="what to remove; all has the Pods if a context is set",
        ),
    ),
    "doctor": (
        switch("--json", exclusive=True, help="one JSON document, for a bug report"),
        switch("--role", exclusive=True, help="print the Role that a run on kubernetes takes, for kubectl"),
    ),
    "images": (
        switch("--pull", help="pull the images that are not built here"),
        switch("--push", help="print the commands that would push what is built here"),
        argument("--build-arg", default=(), metavar="K=V", help="such as BASE=debian:12 (repeatable)"),
        argument("--platform", metavar="OS/ARCH", help="the images' platform"),
    ),
    "orbs add": (
        argument("orb", metavar="NAMESPACE/NAME", help="the orb, as configs name it"),
        argument("source", metavar="SOURCE", help="its folder, a clone of its repository, or a git URL"),
        argument("--version", default=(), help="this version, by its tag (default: the highest), or dev:NAME"),
        switch("--all-tags", help="every version that has a tag"),
        switch("--update", help="lock the highest version that is here now for @1, @1.2 too"),
        USER,
    ),
    "orbs fetch": (
        switch("--update", help="fetch newer ones for @1, @1.2, @volatile and @dev: too, and lock them"),
        USER,
    ),
    "orbs export": (
        argument("file", convert=Path, metavar="FILE", help="the archive to write, such as orbs.tar.gz"),
        switch("--all", help="all orbs that are here, used or not"),
    ),
    "orbs import": (argument("file", convert=Path, metavar="FILE", help="the archive"), USER),
    "orbs list": (JSON,),
    "completion": (argument("shell", choices=("bash", "zsh", "fish"), help="the shell"),),
    "orbs pack": (argument("folder", convert=Path, help="the folder that has @orb.yml"),),
    "extension": (argument("what", choices=("install", "remove"), help="list it, or no longer"),),
    "pack": (argument("folder", convert=Path, help="the folder"),),
    "serve": (argument("--port", convert=values.port, default=0, metavar="N", help="the port (default: a free one)"),),
}
"""By command; ``run`` has the options of table.py alone, ``execute`` the flags that its users know."""
