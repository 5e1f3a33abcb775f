"""The command line of each command, from the table of options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..errors import PASSED, Problem, UsageError
from ..escapes import visible_name
from ..source.suggest import suggest
from ..system.command_names import usage_name
from .command_list import COMMANDS
from .declaration import Option
from .groups import GROUPS
from .table import table


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are UsageErrors, and which suggests near names."""

    def __init__(self, command: str = "", **given: Any) -> None:
        form = argparse.RawDescriptionHelpFormatter
        super().__init__(**given, conflict_handler="resolve", formatter_class=form)  # orbs add has its own --version
        self._command = command
        self.set_now: Callable[[], Sequence[str]] = tuple
        """Returns what variables and files set, for the help."""
        self.add_argument("--version", action=_Version, help="print this package's version and exit")

    def format_help(self) -> str:
        if self._command:
            from .help_text import epilog

            lines = [visible_name(f"  {each}") for each in self.set_now()]
            now = "\n".join(["set now:", *lines, "", ""]) if lines else ""
            begin = self.prog if self._command == "run" else ""
            self.epilog = now + epilog(self._command, begin)
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        raise UsageError(Problem(message, None, f"{self.prog} --help lists the options."))

    def parse(self, argv: Sequence[str]) -> argparse.Namespace:
        """Parse arguments as parse_args does; an unknown option is an error with a suggestion."""
        namespace, unknown = self.parse_known_args(list(argv))
        if unknown:
            known = [option for action in self._actions for option in action.option_strings]
            name = unknown[0].split("=")[0]
            what = "option" if name.startswith("-") else "argument"
            self.error(f"unknown {what} {name!r}. {suggest(name, known) or ''}".rstrip())
        return namespace


class _Version(argparse.Action):
    """Print the version and exit; it is read only then."""

    def __init__(self, **given: Any) -> None:
        super().__init__(nargs=0, default=argparse.SUPPRESS, **{**given, "dest": argparse.SUPPRESS})

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        parser.exit(print_version())


def print_version() -> int:
    """Print the package's name and version; return the exit status."""
    from ..system.version import DISTRIBUTION, own_version

    print(DISTRIBUTION, own_version())
    return PASSED


def run_parser(prog: str) -> Parser:
    """Return the parser of a workflow's or a job's options."""
    name = "rerun" if "rerun" in prog.split() else "run"
    usage = f"{prog.replace('%', '%%')} [options]" if prog else None
    parser = Parser(name, prog=prog, usage=usage, allow_abbrev=False, description=COMMANDS[name])
    groups = {each: parser.add_argument_group(each) for each in GROUPS}
    for each in table("run"):
        _add(groups.get(each.group, parser), each, None)
    return parser


def command_parser(name: str, description: str | None = None) -> Parser:
    """Return the parser of another command: its own arguments, then the options of a run that it has."""
    from .commands import ARGUMENTS  # not loaded for a run

    parser = Parser(name, prog=usage_name(name), allow_abbrev=False, description=description or COMMANDS[name])
    own = ARGUMENTS[name]
    exclusive = parser.add_mutually_exclusive_group() if any(each.exclusive for each in own) else parser
    for each in own:
        _add(exclusive if each.exclusive else parser, each, list(each.default) if each.is_repeatable else each.default)
    for each in table(name):
        _add(parser, each, None)
    return parser


def _add(parser: argparse._ActionsContainer, option: Option, default: Any) -> None:
    """Add an option to a parser; None is the default if layers below the command line may have a value."""
    keywords = {**_keywords(option), "default": default}
    if option.flags:
        parser.add_argument(*option.flags, dest=option.field, **keywords)
    elif option.variable:  # it is set by that, or by a file
        parser.set_defaults(**{option.field: default})
    else:
        parser.add_argument(option.field, nargs=option.count, **keywords)


def _keywords(option: Option) -> dict[str, Any]:
    """Return what argparse must know of an option beside its names."""
    shown = {"help": option.help or argparse.SUPPRESS}
    if option.is_switch:
        constant = not option.default if option.constant is None else option.constant
        return {**shown, "action": "store_const", "const": constant}
    found: dict[str, Any] = {**shown, "metavar": option.metavar, "choices": option.choices or None}
    if option.convert:
        found["type"] = _reporting(option.convert)
    if option.is_repeatable:
        found["action"] = "append"
    return found if option.bare is None else {**found, "nargs": "?", "const": option.bare}


def _reporting(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a converter whose message argparse shows."""

    def converted(text: str) -> Any:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return converted
