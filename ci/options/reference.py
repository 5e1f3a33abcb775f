"""The page docs/reference.md, from the tables of commands and options: ``python -m ci.options.reference`` prints it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .command_list import COMMANDS, SESSIONS
from .commands import ARGUMENTS
from .declaration import Option
from .groups import GROUPS
from .settings import SETTINGS
from .table import table

VARIABLES = (
    ("CI_PROJECT", "another project's folder, instead of the one that the current folder is in"),
    ("CI_CONFIG", "another config than `.circleci/config.yml`, as `--config`"),
    ("NOX_CIRCLECI_DOCKER", "the program that reaches the engine: `docker`, `podman` or a path"),
    ("NOX_CIRCLECI_KUBECTL", "the program that reaches a Kubernetes cluster, instead of `kubectl`"),
    ("NOX_CIRCLECI_TRUST", "`1` consents for one run to what the project asks for, `0` runs without it"),
)
"""Variables that set no option."""
SHAPES = {
    "value": "a value",
    "string": "a string",
    "list": "a list of strings",
    "table": "a table of strings",
    "needs": "a table of tables",
}
HEAD = """\
# Commands, options, variables and settings

This page is printed by `python -m ci.options.reference` from the tables in `ci/options`.

Options go after `--` in `nox -s WORKFLOW -- OPTIONS`, and after the command in `python -m ci run WORKFLOW`.
The command line wins over the variable, the variable over `[tool.nox-circleci]` in the project's `pyproject.toml`, and
that over your own `~/.config/nox-circleci/config.toml` (the same keys, without the table's name). A setting has the
option's name without its dashes. In a variable or a setting a switch is `true` or `false`.

Options of one run alone have neither: `--config` (there is `CI_CONFIG`), `--job-param`, `--watch` and those that name
steps. Of `--job` and `--executor` the strongest place counts, other lists add up. In a variable items are parted by
blanks or commas, those of `--param` and `--env` by line ends, files and folders by `:`.

A setting with a dot has no option, and stands in a table: `kubernetes.security` is `security` in
`[tool.nox-circleci.kubernetes]`. One that is a list takes several values, each as it is shown.

`trust`: a value from the project's file counts only after your consent, see [security.md](security.md). Without that
mark it counts at once.
"""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([HEAD, *_commands(), *_options(), *_arguments(), *_settings(), *_variables()])


def _options() -> Iterator[str]:
    for group in GROUPS:
        yield f"## Options: {group}\n"
        rows = (_row(each) for each in table() if each.group == group)
        yield _table(("option", "variable", "setting", "what it does"), rows)


def _row(option: Option) -> tuple[str, ...]:
    key = f"`{option.key}`{' (trust)' if option.consent else ''}" if option.key else ""
    value = "" if option.flags else f": `{_cell(option.metavar or '|'.join(option.choices))}`"
    return _usage(option), option.variable and f"`{option.variable}`", f"{key}{value}", _cell(option.help)


def _usage(option: Option) -> str:
    if option.variable and not option.flags:
        return ""
    value = option.metavar or "|".join(option.choices) or option.name.upper()
    if not option.flags:
        return f"`{_cell(f'[{value}]' if option.count else value)}`"
    value = "" if option.is_switch else f" [{value}]" if option.bare is not None else f" {value}"
    return ", ".join([*(f"`{flag}`" for flag in option.flags[:-1]), f"`{_cell(option.flags[-1] + value)}`"])


def _commands() -> Iterator[str]:
    yield "## Commands\n"
    rows = ((f"`{name}`", _session(name), _cell(description)) for name, description in COMMANDS.items())
    yield _table(("command", "under nox", "what it does"), rows)


def _session(command: str) -> str:
    if command in SESSIONS:
        return f"`nox -s {command} --`"
    return {"run": "`nox -s WORKFLOW --`", "list": "`nox --list`"}.get(command, "")


def _arguments() -> Iterator[str]:
    yield "## Arguments of other commands than `run`\n"
    rows = (row for name in ARGUMENTS for row in _arguments_of(name))
    yield _table(("command", "argument", "what it does"), rows)


def _arguments_of(name: str) -> Iterator[tuple[str, ...]]:
    yield from ((f"`{name}`", _usage(each), _cell(each.help)) for each in ARGUMENTS[name])
    shared = [f"`--{each.name}`" for each in table(name) if each.help]
    if shared:
        yield f"`{name}`", ", ".join(shared), "as for `run`"


def _settings() -> Iterator[str]:
    yield "## Settings without an option\n"
    rows = (
        (f"`{each.key}`{' (trust)' if each.consent else ''}", SHAPES[each.shape], _cell(each.help)) for each in SETTINGS
    )
    yield _table(("setting", "value", "what it does"), rows)


def _variables() -> Iterator[str]:
    yield "## Variables that set no option\n"
    yield _table(("variable", "what it does"), ((f"`{name}`", text) for name, text in VARIABLES))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    print(page(), end="")
