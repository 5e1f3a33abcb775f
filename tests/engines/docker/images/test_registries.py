"""A private image's user and password. https://circleci.com/docs/guides/execution-managed/private-images/"""

import pytest

from ci.engines.docker.client import Client
from ci.engines.docker.images.registries import expanded, registry_of, remote
from ci.errors import EngineError


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("cimg/base:2024.01", "docker.io"),
        ("debian", "docker.io"),
        ("example.com/a/b:1", "example.com"),
        ("localhost:5000/a", "localhost:5000"),
        ("localhost/a", "localhost"),
    ],
)
def test_the_registry_is_what_the_image_name_begins_with(image, registry):
    assert registry_of(image) == registry


@pytest.mark.parametrize(
    ("image", "asked"),
    [
        ("cimg/base:2024.01", "docker.io/cimg/base:2024.01"),
        ("postgres:15", "docker.io/library/postgres:15"),
        ("docker.io/cimg/base", "docker.io/cimg/base"),
        ("quay.io/a/b:1", "quay.io/a/b:1"),
        ("localhost/a", "localhost/a"),
    ],
)
def test_an_image_without_a_registry_is_docker_hubs_for_podman_too(image, asked):
    assert remote(Client("podman"), image) == asked
    assert remote(Client("docker"), image) == image


def test_auth_takes_variables_of_the_users_environment():
    assert expanded("$USERNAME", {"USERNAME": "me"}) == "me"
    assert expanded("a-${PASS}-b", {"PASS": "word"}) == "a-word-b"


def test_a_variable_that_is_not_set_is_named():
    with pytest.raises(EngineError, match="DOCKERHUB_PASSWORD"):
        expanded("$DOCKERHUB_PASSWORD", {})
