"""Pipeline values and pipeline parameters.

Project values and variables reference, "Pipeline values"; "Pipeline values and parameters" guide,
"Pipeline parameters": declared in the config, given by whoever triggers the pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..dataclass import dataclass, field
from ..source.nodes import MapNode, Scalar, Value
from ..source.scalars import resolve
from ..source.suggest import first_names, listing
from .definitions import Declaration
from .diagnostics import Diagnostics
from .parameters import declarations, mismatch

_ID = "00000000-0000-0000-0000-000000000001"
_URL = "https://github.com/CircleCI-Public/circleci-cli"
_REVISION = "0" * 40
_TIME = "2020-01-01T00:00:00Z"

DEFAULTS: Mapping[str, Value] = {
    "id": _ID,
    "number": 1,
    "name": "",
    "definition.id": _ID,
    "in_setup": False,
    "integration_source": "",
    "project.git_url": _URL,
    "project.type": "github",
    "project.slug": "",
    "git.tag": "",
    "git.branch": "main",
    "git.branch.is_default": False,
    "git.revision": _REVISION,
    "git.base_revision": _REVISION,
    **dict.fromkeys(
        (
            *(f"git.commit.author_{part}" for part in ("avatar_url", "email", "login", "name")),
            *(f"git.commit.{part}" for part in ("body", "subject", "url")),
            *(f"git.{part}" for part in ("repo_id", "repo_name", "repo_owner", "ssh_checkout_url")),
        ),
        "",
    ),
    "git.repo_url": _URL,
    "config_source": "",
    "config.file_path": "",
    "config.repository.name": "",
    "config.repository.url": _URL,
    "config.sha": _REVISION,
    "config.ref": "refs/head/master",
    "trigger.id": _ID,
    "trigger.name": "",
    "trigger.type": "",
    "trigger.received_at": _TIME,
    "trigger_source": "webhook",
    "schedule.name": "",
    "schedule.id": "",
    "event.name": "",
    "event.action": "",
    "event.context.github.pr_url": _URL,
    "event.github.after": _REVISION,
    "event.github.comment.body": "",
    "event.github.head_commit.url": "",
    "event.github.label": "",
    "event.github.label.name": "",
    "event.github.pull_request.title": "",
    "event.github.pull_request.url": _URL,
    "event.github.pull_request.number": 111,
    "event.github.pull_request.draft": False,
    "event.github.pull_request.merged": False,
    "event.github.pull_request.head.ref": "head-branch",
    "event.github.pull_request.head.sha": _REVISION,
    "event.github.pull_request.base.ref": "base-branch",
    "event.github.pull_request.base.sha": _REVISION,
    "event.github.ref": "branch-name",
    "event.github.repository.name": "repo-name",
    "event.github.repository.owner.login": "repo-owner",
    "event.github.repository.url": _URL,
    "event.github.sender.avatar_url": "",
    "event.github.sender.login": "user-login",
    "event.github.sender.type": "",
    **dict.fromkeys(
        (
            f"deploy.{part}"
            for part in (
                "component_name",
                "environment_name",
                "target_environment_name",
                "target_version",
                "current_version",
                "namespace",
                "reason",
            )
        ),
        "",
    ),
    "trigger_parameters.webhook.body": "",
    "trigger_parameters.circleci.event_time": _TIME,
    "trigger_parameters.circleci.event_type": "push",
    "trigger_parameters.circleci.trigger_type": "github_app",
    **dict.fromkeys(
        (
            f"trigger_parameters.github_app.{part}"
            for part in (
                "commit_author_name",
                "commit_message",
                "commit_title",
                "repo_name",
                "repo_url",
                "user_avatar",
                "user_name",
                "user_username",
                "web_url",
            )
        ),
        "",
    ),
    "trigger_parameters.github_app.branch": "main",
    "trigger_parameters.github_app.checkout_sha": _REVISION,
    "trigger_parameters.github_app.commit_sha": _REVISION,
    "trigger_parameters.github_app.commit_timestamp": _TIME,
    "trigger_parameters.github_app.ref": "refs/heads/master",
    "trigger_parameters.github_app.total_commits_count": 1,
    "trigger_parameters.github_app.user_id": _ID,
    **dict.fromkeys(
        (
            f"trigger_parameters.gitlab.{part}"
            for part in (
                "branch",
                "checkout_sha",
                "commit_author_email",
                "commit_author_name",
                "commit_message",
                "commit_timestamp",
                "commit_title",
                "ref",
                "repo_name",
                "repo_url",
                "type",
                "user_avatar",
                "user_email",
                "user_id",
                "user_name",
                "user_username",
                "web_url",
            )
        ),
        "",
    ),
    "trigger_parameters.gitlab.commit_sha": _REVISION,
    "trigger_parameters.gitlab.default_branch": "main",
    "trigger_parameters.gitlab.is_fork_merge_request": False,
    "trigger_parameters.gitlab.x_gitlab_event_id": _ID,
}
"""What CircleCI's own command line sends when a config is compiled from a terminal, without a git repository.

Names without the prefix ``pipeline.``. Those that it does not send but the reference lists are empty or false:
``config_source``, ``definition.id``, ``in_setup``, ``integration_source``, ``project.slug`` and most of GitLab's.
"""


@dataclass(frozen=True, slots=True)
class PipelineValues:
    """What a pipeline is triggered with.

    ``values`` are the pipeline values by name without ``pipeline.``; they stand over DEFAULTS. ``arguments`` are
    pipeline parameters with their types, ``texts`` the same as text, to be typed as they are declared.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    arguments: Mapping[str, Value] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def with_defaults(self) -> Mapping[str, Value]:
        """Return the pipeline values by name, given or by default; a given mapping is read only on look-up."""
        return _Layers(self.values, DEFAULTS)


class _Layers(Mapping[str, Value]):
    """One mapping over another."""

    __slots__ = ("over", "under")

    def __init__(self, over: Mapping[str, Value], under: Mapping[str, Value]) -> None:
        self.over = over
        self.under = under

    def __getitem__(self, name: str) -> Value:
        try:
            return self.over[name]
        except KeyError:
            return self.under[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self.over, *self.under)))

    def __len__(self) -> int:
        return len(set(self.over) | set(self.under))


def pipeline_parameters(root: MapNode, values: PipelineValues, diagnostics: Diagnostics) -> dict[str, Value]:
    """Return every declared pipeline parameter with the value given for it, or else its default."""
    declared = declarations(root, "pipeline", diagnostics)
    found: dict[str, Value] = {}
    for name, declaration in declared.items():
        default = declaration.default
        found[name] = default.value if isinstance(default, Scalar) else None
    given = {**values.arguments, **{name: typed(text, declared.get(name)) for name, text in values.texts.items()}}
    _report_unknown(given, declared, diagnostics)
    for name, value in given.items():
        if name in declared and value is not None:
            found[name] = _accepted(value, declared[name], diagnostics)
    return found


def typed(text: str, declaration: Declaration | None) -> Value:
    """Return an argument given as text as the value that its declaration wants, if it can be read as that."""
    if declaration is None or declaration.type not in ("boolean", "integer", "enum"):
        return text
    if declaration.type == "enum":
        return next((member for member in declaration.members if _shown(member) == text), text)
    value = resolve(text.strip())
    wanted = bool if declaration.type == "boolean" else int
    return value if isinstance(value, wanted) and isinstance(value, bool) == (wanted is bool) else text


def _shown(member: Value) -> str:
    return ("true" if member else "false") if isinstance(member, bool) else str(member)


def _report_unknown(given: Mapping[str, Value], declared: Mapping[str, Declaration], diagnostics: Diagnostics) -> None:
    unknown = [name for name in given if name not in declared]
    if unknown:
        near = " ".join(hint for hint in (diagnostics.suggest(name, declared) for name in unknown[:5]) if hint)
        known = f"the config declares {listing(declared)}" if declared else "the config declares no pipeline parameters"
        diagnostics.error(None, f"Unexpected argument(s): {first_names(unknown, len(unknown))}", near or known)


def _accepted(value: Value, declaration: Declaration, diagnostics: Diagnostics) -> Value:
    at = declaration.position
    problem = mismatch(Scalar(value, at.file, at.line, at.column), declaration)
    if problem:
        diagnostics.error(
            at, f"Type error for argument {declaration.name}: {problem}", "a pipeline parameter, given from outside"
        )
    return value
