"""Where the sources of a public orb most likely are."""

import pytest

from ci.compiler.orb_repositories import add_words, likely_tag, repository_of


@pytest.mark.parametrize(
    ("orb", "address"),
    [
        ("circleci/node", "https://github.com/CircleCI-Public/node-orb"),
        ("circleci/jira", "https://github.com/CircleCI-Public/jira-connect-orb"),
        ("cypress-io/cypress", "https://github.com/cypress-io/circleci-orb"),
        ("acme/tool", "https://github.com/acme/tool-orb"),
    ],
)
def test_an_orbs_repository_has_its_name_with_an_ending(orb, address):
    assert repository_of(orb) == address


@pytest.mark.parametrize(
    ("reference", "wanted", "tag"),
    [
        ("a/b@1.2.3", "--version 1.2.3", "tag v1.2.3"),
        ("a/b@1.2", "--version 1.2", "the highest tag v1.2.*"),
        ("a/b@1", "--version 1", "the highest tag v1.*"),
        ("a/b@volatile", "--all-tags", "the newest tag"),
        ("a/b@dev:x", "--version dev:x", "the newest tag"),
        ("a/b@dev:1.2.3", "--version dev:1.2.3", "the newest tag"),
    ],
)
def test_a_version_is_a_tag_of_the_repository(reference, wanted, tag):
    assert add_words(reference) == f"orbs add a/b https://github.com/a/b-orb {wanted}"
    assert likely_tag(reference) == tag
