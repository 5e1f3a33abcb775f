"""The file of an orb, by its reference: below the folder of orbs, whatever the reference says."""

from pathlib import Path

import pytest

from ci.orbs.reference_files import path_of


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("acme/tool@1", "acme/tool@1.yml"),
        ("acme/tool@1.2.3", "acme/tool@1.2.3.yml"),
        ("acme/tool@volatile", "acme/tool@volatile.yml"),
        ("acme/tool@dev:first", "acme/tool@dev:first.yml"),
        ("https://example.com/orbs/one.yml", "https/example.com/orbs/one.yml"),
        ("https://example.com:8443/a b/?v=1#x", "https/example.com%3A8443/a%20b/%3Fv=1%23x"),
        ("https://example.com/../../../etc/passwd", "https/example.com/%2E%2E/%2E%2E/%2E%2E/etc/passwd"),
        ("https://example.com//./x\\..\\y", "https/example.com/%2E/x%5C..%5Cy"),
    ],
)
def test_a_reference_names_one_file(reference, path):
    assert path_of(reference) == Path(path)


@pytest.mark.parametrize(
    "reference",
    ["../../secret@1.0.0", "acme/../x@1.0.0", "acme/tool@../../x", "acme/tool", "tool@1", "", "file:///etc/passwd"],
)
def test_anything_else_names_none(reference):
    assert path_of(reference) is None


def test_no_part_of_a_url_is_longer_than_a_files_name_may_be():
    place = path_of(f"https://example.com/{'a' * 5000}")
    assert place is not None
    assert max(map(len, place.parts)) <= 255
