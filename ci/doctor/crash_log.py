"""Errors that no command has caught: a line for what the machine refuses; for a defect a log to report as well."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CiError, cut
from ..escapes import visible, visible_name
from ..system.refusals import refusal

if TYPE_CHECKING:
    from ..runtime.masking.stream import Masker

STATUS = 1
PREFIX, SUFFIX = "nox-circleci-error-", ".log"
LONGEST = 1_000_000
"""Characters of a log."""
STATE = Path(".nox") / "ci"
ASSIGNING = ("-e", "--env", "--param", "--job-param", "--pipeline-parameters")
"""Options whose value may hold a secret."""


def guarded(call: Callable[[], int], argv: Sequence[str], folder: Path) -> int:
    """Return the exit status of ``call``; report an error that no command has caught, with status 1."""
    with _threads(argv, folder):
        try:
            return call()
        except Exception as error:
            if isinstance(error.__cause__, KeyboardInterrupt):  # older Pythons wrap it while a class is made
                raise error.__cause__ from None
            report(error, argv, folder)
            return STATUS


@contextmanager
def _threads(argv: Sequence[str], folder: Path) -> Iterator[None]:
    """Report the errors of other threads in the same way."""
    previous = threading.excepthook

    def hook(given: threading.ExceptHookArgs) -> None:
        if isinstance(given.exc_value, Exception):
            report(given.exc_value, argv, folder)

    threading.excepthook = hook
    try:
        yield
    finally:
        threading.excepthook = previous


def report(error: BaseException, argv: Sequence[str], folder: Path) -> None:
    """Print the line of what the machine refuses; for any other error a line and the file of a log with it.

    The log is below the project's ``.nox/ci`` or in the temporary folder.
    """
    if refused := refusal(error):
        print(visible_name(refused), file=sys.stderr)
        return
    line = f"unexpected error: {type(error).__name__}"
    try:
        mask = _masker(argv, folder).text
        line = f"{line}: {visible(cut(mask(str(error))))}"
        file = _write(mask(_details(error, argv))[:LONGEST], folder)
        line = (
            f"{line}\n    Please report it, with the file {file}: it has the versions, the options and the traceback."
        )
    except Exception as reason:
        line = f"{line}\n    Its details could not be written: {type(reason).__name__}."
    print(line, file=sys.stderr)


def last_log(folder: Path) -> Path | None:
    """Return the newest log of this user: of the project in ``folder``, or of the temporary folder."""
    import tempfile

    found: list[tuple[float, Path]] = []
    for place in (folder / STATE, Path(tempfile.gettempdir())):
        for file in place.glob(f"{PREFIX}*{SUFFIX}"):
            try:
                status = file.lstat()
            except OSError:
                continue
            if status.st_uid == os.getuid():
                found.append((status.st_mtime, file))
    return max(found, default=(0.0, None))[1]


def _write(text: str, folder: Path) -> Path:
    import tempfile

    state = folder / STATE
    place = state if state.is_dir() and os.access(state, os.W_OK) else None
    descriptor, name = tempfile.mkstemp(SUFFIX, PREFIX, place)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Path(name)


def _details(error: BaseException, argv: Sequence[str]) -> str:
    import platform
    import traceback

    from ..system.version import DISTRIBUTION, installed_version, own_version

    lines = [f"{DISTRIBUTION}: {own_version()}"]
    lines += [f"{name}: {installed_version(name) or 'not installed'}" for name in ("nox", "PyYAML", "regex", "rich")]
    lines += [f"Python: {platform.python_version()}", f"system: {platform.platform()}"]
    lines += [f"options: {' '.join(shown(argv))}", "", "".join(traceback.format_exception(error))]
    return "\n".join(lines)


def shown(argv: Sequence[str]) -> list[str]:
    """Return the words of a command line without the values that may be secret."""
    words: list[str] = []
    for word in argv:
        option, separator, value = word.partition("=")
        if words and words[-1] in ASSIGNING:
            words.append(f"{option}=****" if separator else "****")
        elif option in ASSIGNING and separator:
            name, assigns, _ = value.partition("=")
            words.append(f"{option}={name}=****" if assigns else f"{option}=****")
        else:
            words.append(word)
    return words


def _masker(argv: Sequence[str], folder: Path) -> Masker:
    from ..runtime.masking.stream import Masker

    return Masker(_secrets(argv, folder))


def _secrets(argv: Sequence[str], folder: Path) -> Iterator[str]:
    """Yield the values that the options, this process's variables and the context files hold."""
    from ..project.contexts import FOLDER, read_variables
    from ..runtime.masking.secret_names import looks_secret

    for before, word in zip(("", *argv), argv, strict=False):
        option, separator, value = word.partition("=")
        yield from (value, word) if before in ASSIGNING else (value,) if option in ASSIGNING and separator else ()
        yield value.partition("=")[2]
    yield from (value for name, value in os.environ.items() if looks_secret(name))
    files = [Path(word.partition("=")[2] or word) for word in argv if word.endswith(".env") or "--env-file" in word]
    home = os.environ.get("HOME", "")
    for base in (folder, Path(home)) if home else (folder,):
        files += sorted((base / FOLDER).glob("*.env"))
    for file in files:
        try:
            yield from (value for _, value in read_variables(file))
        except (CiError, OSError, ValueError):
            continue
