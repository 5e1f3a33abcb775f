"""Templates in cache keys. https://circleci.com/docs/guides/optimize/caching/#using-keys-and-templates"""

import base64
import hashlib
import re

import pytest

from ci.runtime.failures import StepError
from ci.runtime.storage.cache_key import Context, arch, render
from ci.runtime.storage.keyed_hash import KeyedHash


@pytest.fixture
def context(box):
    environment = {"TEAM": "blue", "EMPTY": ""}
    return Context(box, "topic", "abc123", "77", environment, 1700000000.9, "linux-amd64-6_62")


@pytest.mark.parametrize(
    ("template", "key"),
    [
        ("plain", "plain"),
        ("v1-{{ .Branch }}", "v1-topic"),
        ("{{.Revision}}", "abc123"),
        ("{{- .BuildNum -}}", "77"),
        ("v1-{{ .CheckoutKey }}", "v1-<no value>"),
        ("{{ .Environment.TEAM }}-x", "blue-x"),
        ("{{ .Environment.EMPTY }}-x", "-x"),
        ("{{ .Environment.NONE }}-x", "<no value>-x"),
        ("{{ epoch }}", "1700000000"),
        ("{{ arch }}-{{ .Branch }}", "linux-amd64-6_62-topic"),
    ],
)
def test_each_template(context, template, key):
    assert render(template, context) == key


def test_a_checksum_is_the_base64_of_the_files_sha_256(context, box):
    box.put("lock file", b"content")
    digest = base64.b64encode(hashlib.sha256(b"content").digest()).decode()
    assert render('v1-{{ checksum "lock file" }}', context) == f"v1-{digest}"
    assert render("v1-{{ checksum `lock file` }}", context) == f"v1-{digest}"


def test_the_branch_of_a_tags_pipeline_has_no_value(box):
    assert render("{{ .Branch }}", Context(box)) == "<no value>"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ('{{ checksum "none" }}', "no such file or directory"),
        ("{{ checksum none }}", "checksum needs one file's name in double quotes"),
        ("{{ hostname }}", 'function "hostname" not defined'),
        ("{{ .Branch", "unclosed action"),
        ("k" * 901, "the key has 901 characters, 900 are allowed"),
    ],
)
def test_what_cannot_be_computed_fails_the_step_and_says_why(context, template, message):
    with pytest.raises(StepError) as caught:
        render(template, context)
    assert message in str(caught.value)


def test_the_machine_is_system_processor_family_and_model():
    system, processor, model = arch().split("-")
    assert system in ("linux", "darwin")
    assert processor
    assert len(model.split("_")) == 2


def test_a_secret_is_the_same_digits_in_every_key_and_others_stand_as_they_are(box, tmp_path):
    values = {"TOKEN": "hunter22-correct", "SHORT": "v2", "FLAG": "true", "CIRCLE_JOB": "build"}
    context = Context(box, environment=values, secret={"TOKEN", "SHORT", "FLAG"}, hidden=KeyedHash(tmp_path / "cache"))
    whole = render("v1-{{ .Environment.TOKEN }}-{{ .Environment.CIRCLE_JOB }}", context)
    assert re.fullmatch("v1-[0-9a-f]{24}-build", whole)
    assert whole.startswith(render("v1-{{ .Environment.TOKEN }}", context))
    assert (
        render("{{ .Environment.SHORT }}-{{ .Environment.FLAG }}-{{ .Environment.NONE }}", context)
        == "v2-true-<no value>"
    )


def test_a_hash_that_cannot_be_made_fails_the_step(box, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    context = Context(box, environment={"A": "abcd"}, secret={"A"}, hidden=KeyedHash(tmp_path / "cache"))
    with pytest.raises(StepError, match="the value of A cannot be hidden"):
        render("{{ .Environment.A }}", context)
