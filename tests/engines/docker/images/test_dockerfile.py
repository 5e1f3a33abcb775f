"""The images that a Dockerfile begins from. https://docs.docker.com/reference/dockerfile/"""

import pytest

from ci.engines.docker.images.dockerfile import base_images
from tests.projects import ROOT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM debian:12\n", ("debian:12",)),
        ("# a comment\nfrom --platform=linux/amd64 debian:12 as base\nFROM base\n", ("debian:12",)),
        ("FROM debian:12 AS Base\nFROM base AS x\nCOPY --from=x /a /b\n", ("debian:12",)),
        ("ARG BASE=debian:12\nFROM ${BASE}\n", ("debian:12",)),
        ("ARG V\nARG W='12'\nFROM debian:$W\nFROM python:${V:-3.12}\n", ("debian:12", "python:3.12")),
        ("ARG BASE\nFROM $BASE\n", ()),
        ("FROM scratch\nCOPY --chown=1:1 --from=nginx:1 /a /b\nCOPY --from=0 /a /b\n", ("nginx:1",)),
        ("FROM a\nRUN <<EOF\nFROM b\nEOF\nRUN echo \\\n  # a comment within\n  FROM c\nFROM d\n", ("a", "d")),
        ("FROM a AS one\nFROM a AS two\n", ("a",)),
        ("", ()),
    ],
)
def test_base_images_are_those_that_no_stage_of_it_makes(text, expected):
    assert base_images(text) == expected


def test_the_image_of_this_project_begins_from_one():
    assert base_images((ROOT / "images/Dockerfile").read_text()) == ("debian:12.11-slim",)
