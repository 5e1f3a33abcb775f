"""The page as HTML: one template that escapes all it is given, and a policy that lets its own parts alone act."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from ..errors import CiError, Problem
from .sections import RunPage

POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; base-uri 'none'; form-action 'none'"
)
"""https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP: nothing is fetched, and only these two texts count."""


class PageError(CiError):
    """A page that cannot be drawn; nothing else of the run depends on it."""


def render(page: RunPage) -> str:
    """Return the page as one HTML document. Raise PageError if this Python has no Jinja2."""
    try:
        from jinja2 import DictLoader, Environment, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        hint = "python -m pip install Jinja2, into the virtualenv of nox."
        raise PageError(Problem("the report needs Jinja2, which is not installed here", None, hint)) from None
    style, script = _text("page.css"), _text("page.js")
    templates = DictLoader({name: _text(name) for name in ("page.html", "macros.html")})
    environment = Environment(
        loader=templates, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    policy = POLICY.format(style=_digest(style), script=_digest(script))
    template = environment.get_template("page.html")
    return template.render(page=page, style=Markup(style), script=Markup(script), policy=policy)


def _text(name: str) -> str:
    return files(__package__).joinpath("template").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return a text's hash as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
