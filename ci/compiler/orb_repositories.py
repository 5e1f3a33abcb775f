"""Where the sources of a public orb most likely are, for whoever has to fetch them without CircleCI's registry."""

from __future__ import annotations

_GITHUB = "https://github.com"
_OWNERS = {"circleci": "CircleCI-Public", "honeycombio": "honeycombio", "sonarsource": "SonarSource"}
_REPOSITORIES = {
    "circleci/jira": "CircleCI-Public/jira-connect-orb",
    "codecov/codecov": "codecov/codecov-circleci-orb",
    "cypress-io/cypress": "cypress-io/circleci-orb",
    "datadog/ci-visibility": "DataDog/datadog-ci-visibility-orb",
    "sonarsource/sonarcloud": "SonarSource/sonarcloud-circleci-orb",
    "snyk/snyk": "snyk/snyk-orb",
}


def repository_of(orb: str) -> str:
    """Return the address at which the repository of ``namespace/name`` most likely is."""
    namespace, _, name = orb.partition("/")
    return f"{_GITHUB}/{_REPOSITORIES.get(orb) or f'{_OWNERS.get(namespace, namespace)}/{name}-orb'}"


def add_words(reference: str) -> str:
    """Return the words of ``orbs add`` that most likely bring an orb: ``orbs add NAME ADDRESS --version VERSION``."""
    orb, _, version = reference.partition("@")
    wanted = "--all-tags" if version == "volatile" else f"--version {version}"
    return f"orbs add {orb} {repository_of(orb)} {wanted}"


def likely_tag(reference: str) -> str:
    """Return the tag of that repository, in words."""
    version = reference.partition("@")[2]
    if version.count(".") == 2 and version[0].isdigit():
        return f"tag v{version}"
    return f"the highest tag v{version}.*" if version[:1].isdigit() else "the newest tag"
