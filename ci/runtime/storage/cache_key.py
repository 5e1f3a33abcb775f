"""Templates in cache keys. https://circleci.com/docs/guides/optimize/caching/#key-templates"""

from __future__ import annotations

import base64
import hashlib
import platform
import re
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from ...dataclass import dataclass, field
from ..box import Box
from ..failures import StepError
from ..masking.forms import is_masked

LONGEST = 900
NO_VALUE = "<no value>"
_ACTION = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_CHECKSUM = re.compile(r'checksum\s+(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)')
_ENVIRONMENT = re.compile(r"\.Environment\.([A-Za-z_]\w*)")
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386"}


@dataclass(frozen=True, slots=True)
class Context:
    """What a key may ask for. ``environment`` is what CircleCI defines and the contexts give, nothing of the job's own.

    https://circleci.com/docs/reference/configuration-reference/#savecache
    """

    box: Box
    branch: str = ""
    revision: str = ""
    build: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    epoch: float = 0.0
    arch: str = ""
    secret: Collection[str] = ()
    """The names of variables whose values are in no key, only what ``hidden`` makes of them."""
    hidden: Callable[[str], str] = str


def render(template: str, context: Context) -> str:
    """Return the key that a template stands for; raise StepError, with the position, if it cannot be computed.

    What has no value (a variable that is not set, the branch of a tag's pipeline) becomes ``<no value>``, as in Go.
    """
    key, at = [], 0
    for action in _ACTION.finditer(template):
        key += [template[at : action.start()], _value(template, action, context)]
        at = action.end()
    rest = template[at:]
    if "{{" in rest:
        raise _error(f"template: cacheKey:1: unclosed action in {template!r}")
    result = "".join([*key, rest])
    if len(result) > LONGEST:
        raise _error(f"the key has {len(result)} characters, {LONGEST} are allowed: {result[:60]}...")
    return result


def _value(template: str, action: re.Match[str], context: Context) -> str:
    body = action[1].strip()
    column = action.start(1) + len(action[1]) - len(action[1].lstrip())
    simple = _SIMPLE.get(body)
    if simple:
        return simple(context) or NO_VALUE
    if found := _ENVIRONMENT.fullmatch(body):
        return _variable(found[1], context)
    if found := _CHECKSUM.fullmatch(body):
        name = found[2] if found[1] is None else re.sub(r"\\(.)", r"\1", found[1])
        return _checksum(name, f'template: cacheKey:1:{column}: executing "cacheKey" at <{body}>', context.box)
    raise _error(_unknown(body, column))


def _variable(name: str, context: Context) -> str:
    """Return a variable's value; a secret one's is the same wherever it stands, so that prefixes of keys match."""
    value = context.environment.get(name, NO_VALUE)
    if name not in context.secret or not is_masked(value):
        return value
    try:
        return context.hidden(value)
    except OSError as error:
        raise _error(f"the value of {name} cannot be hidden: {error}") from None


def _unknown(body: str, column: int) -> str:
    word = re.match(r"[A-Za-z_]\w*", body)
    known = 'checksum "FILE", .Branch, .Revision, .BuildNum, .CheckoutKey, .Environment.NAME, epoch, arch'
    if word and word[0] == "checksum":
        problem = f"template: cacheKey:1:{column}: checksum needs one file's name in double quotes, not {body!r}"
    elif word and word[0] not in ("epoch", "arch"):
        problem = f'template: cacheKey:1: function "{word[0]}" not defined'
    else:
        problem = f'template: cacheKey:1:{column}: executing "cacheKey" at <{body}>: can\'t evaluate it'
    return f"{problem} (there are {known})"


def _checksum(name: str, place: str, box: Box) -> str:
    path = box.path(name)
    try:
        return base64.b64encode(hashlib.sha256(box.read(path)).digest()).decode()
    except FileNotFoundError:
        problem = "no such file or directory"
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
    raise _error(f"{place}: error calling checksum: open {path}: {problem}")


def _error(message: str) -> StepError:
    return StepError(f"error computing cache key: {message}")


_SIMPLE: dict[str, Callable[[Context], str]] = {
    ".Branch": lambda context: context.branch,
    ".Revision": lambda context: context.revision,
    ".BuildNum": lambda context: context.build,
    ".CheckoutKey": lambda context: "",  # the SSH key that CircleCI checks out with
    "epoch": lambda context: str(int(context.epoch)),
    "arch": lambda context: context.arch or arch(),
}


def arch() -> str:
    """Return the operating system and processor, such as ``linux-amd64-6_62``: family and model if known."""
    machine = platform.machine().lower()
    system = "darwin" if sys.platform == "darwin" else "linux"
    return f"{system}-{_MACHINES.get(machine, machine)}-{_model()}"


def _model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "0_0"
    found = dict(re.findall(r"^(cpu family|model)\s*:\s*(\S+)", text, re.MULTILINE)[:2])
    return f"{found.get('cpu family', 0)}_{found.get('model', 0)}"
