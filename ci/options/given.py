"""The options that a command was given: its words, over variables, over settings files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace

from ..dataclass import replace
from ..system.command_names import usage_name
from .declaration import Option
from .layers import Layers, Parse, read_file, read_variables
from .plain_words import plain_values
from .resolve import passes, requested, requested_values, resolve
from .settings import ProjectSettings
from .table import Options, by_key, table

TYPE_CHECKING = False
if TYPE_CHECKING:  # plain words need no parser
    import argparse


def parse_run(argv: Sequence[str], settings: ProjectSettings, environ: Mapping[str, str], prog: str = "") -> Options:
    """Return the options of one run: the command line, over NOX_CIRCLECI_* variables, over settings files.

    What the project's file may not take of the user's unasked is in ``permissions`` alone.
    Raise UsageError for what is not an option or not a value of one, wherever it was set.
    """
    options = table("run")
    parse = _parse(prog, lambda: list(_set_now(options, environ, settings)))
    layers, jobs = _layers(parse, parse(argv), options, settings, environ), by_key("job")
    return replace(
        resolve(layers, options),
        passes=passes(layers, settings),
        jobs_of_project=bool(layers.first(jobs) and not layers.own(jobs)),
        env_commands=(settings.user or ProjectSettings()).env_commands,
        permissions=requested(layers, options, settings, environ),
    )


def chosen_options(
    given: argparse.Namespace, settings: ProjectSettings, environ: Mapping[str, str], command: str
) -> Options:
    """Return the options that another command than ``run`` has, of what its parser has found and of the layers.

    What the project's file may not take of the user's unasked is in ``permissions`` alone.
    """
    options = table(command)
    layers = _layers(_parse(command, list), SimpleNamespace(**vars(given)), options, settings, environ)
    return replace(resolve(layers, options), permissions=requested_values(layers, options))


def _set_now(options: Sequence[Option], environ: Mapping[str, str], settings: ProjectSettings) -> Iterator[str]:
    from .help_text import set_now

    return set_now(options, environ, settings)


def _parse(prog: str, set_now: Callable[[], list[str]]) -> Parse:
    """Return what reads words as a run's; its parser is made for words that need one.

    ``set_now`` are the lines of its ``--help`` on what is set at present; ``prog`` is empty for a run's own.
    """

    def parse(argv: Sequence[str]) -> SimpleNamespace:
        found = plain_values(argv, table("run"))
        if found is None:
            from .parser import run_parser

            parser = run_parser(prog or usage_name("run"))
            parser.set_now = set_now
            found = SimpleNamespace(**vars(parser.parse(argv)))
        return found

    return parse


def _layers(
    parse: Parse,
    given: SimpleNamespace,
    options: Sequence[Option],
    settings: ProjectSettings,
    environ: Mapping[str, str],
) -> Layers:
    return Layers(
        given,
        read_variables(parse, options, environ),
        read_file(parse, options, settings),
        read_file(parse, options, settings.user or ProjectSettings()),
    )
