"""Orbs: inline, from the registry, by URL.

Guide "Orb concepts": the forms of a reference, that an orb sees its own elements alone. "Writing inline orbs" of
https://circleci.com/docs/reference/reusing-config/: the keys of an orb, orbs in orbs. "Create, test and use URL orbs".
"""

from dataclasses import dataclass, field

import pytest

from ci.compiler.definitions import Definitions
from ci.compiler.orb_imports import Importer, NoOrbs, OrbSource

from .snippets import at, map_node, problems, scope, warnings

ORB = "version: 2.1\ncommands: {greet: {steps: [{run: hello}]}}\njobs: {work: {machine: true, steps: [greet]}}\n"


@dataclass
class Sources:
    """Orbs by reference; a source with ``->`` was found under that exact version."""

    texts: dict
    asked: list = field(default_factory=list)

    def find(self, reference):
        self.asked.append(reference)
        if reference not in self.texts:
            return None
        text = self.texts[reference]
        return text if isinstance(text, OrbSource) else OrbSource(reference, text, f"{reference}.yml")

    def versions(self, reference):
        return tuple(key.partition("@")[2] for key in self.texts if key.startswith(reference.partition("@")[0]))


def imported(orbs, texts=None, pipeline_parameters=None):
    """Return the definitions of a config with these ``orbs``, the importer, and the scope to ask for problems."""
    place = scope()
    importer = Importer(place.compilation, Sources(texts or {}))
    definitions = importer.fill(map_node(f"{{orbs: {orbs}}}"), Definitions(pipeline_parameters=pipeline_parameters))
    return definitions, importer, place


REFERENCES = ["a/b@1", "a/b@1.2", "a/b@1.2.3", "a/b@volatile", "a/b@dev:x.y-z_1", "a-b/c_d@10.20.30", "A1/b@1"]


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_has_a_namespace_a_name_and_a_version(reference):
    definitions, importer, place = imported(f"{{o: {reference}}}", {reference: ORB})
    assert problems(place) == []
    assert list(definitions.orbs["o"].commands) == ["greet"]
    assert list(importer.comments) == [f"# Orb '{reference}' resolved to '{reference}'"]


@pytest.mark.parametrize(
    "reference",
    ["a/b", "a@1", "b", "a/b@", "a/b@v1", "a/b@1.2.3.4", "a/b@dev:", "a/b@latest", "a/b/c@1", "http://x/o.yml"],
)
def test_any_other_reference_is_refused(reference):
    text = f"{{orbs: {{o: '{reference}'}}}}"
    definitions, importer, place = imported(f"{{o: '{reference}'}}")
    hint = "write namespace/orb@version, the version as 1, 1.2, 1.2.3, volatile or dev:label, or an https:// URL"
    assert problems(place) == [at(text, f"'{reference}", f"Invalid orb reference: '{reference}'", hint)]
    assert definitions.orbs["o"].missing
    assert importer.sources.asked == []


def test_a_url_is_a_reference_without_a_version():
    url = "https://example.com/orb.yml"
    definitions, importer, place = imported(f"{{o: {url}}}", {url: ORB})
    assert problems(place) == []
    assert list(definitions.orbs["o"].jobs) == ["work"]
    assert list(importer.comments) == []


def test_a_reference_may_have_tags_of_the_pipeline():
    definitions, _, place = imported(
        "{o: a/b@<< pipeline.parameters.v >>}", {"a/b@1.2": ORB}, pipeline_parameters={"v": "1.2"}
    )
    assert problems(place) == []
    assert not definitions.orbs["o"].missing


@pytest.mark.parametrize(
    ("orbs", "piece"), [("{o: 7}", "7"), ("{o: [a]}", "[a]"), ("{o: true}", "true"), ("{o: null}", "o: null")]
)
def test_an_orb_is_a_reference_or_a_map(orbs, piece):
    _, _, place = imported(orbs)
    message = "orb 'o' must be a reference such as circleci/node@5.2, a URL, or an orb"
    assert problems(place) == [at(f"{{orbs: {orbs}}}", piece, message)]


@pytest.mark.parametrize("orbs", ["null", "{}"])
def test_a_config_may_have_no_orbs(orbs):
    definitions, _, place = imported(orbs)
    assert (definitions.orbs, problems(place)) == ({}, [])


def test_orbs_are_a_map():
    _, _, place = imported("[a/b@1]")
    assert problems(place) == [at("{orbs: [a/b@1]}", "[a", "orbs must be a map from names to orb references")]


def test_an_inline_orb_has_elements_and_orbs_of_its_own():
    text = "{o: {commands: {c: {steps: [checkout]}}, executors: {e: {machine: true}}, orbs: {i: {jobs: {j: {}}}}}}"
    definitions, _, place = imported(text, pipeline_parameters={"p": 1})
    assert problems(place) == []
    orb = definitions.orbs["o"]
    assert (list(orb.commands), list(orb.executors), list(orb.orbs["i"].jobs)) == (["c"], ["e"], ["j"])
    assert orb.pipeline_parameters is None
    assert orb.commands["c"].definitions is orb


@pytest.mark.parametrize("key", ["workflows", "parameters", "job-groups", "setup"])
def test_an_inline_orb_has_the_keys_of_an_orb_alone(key):
    _, _, place = imported(f"{{o: {{{key}: {{}}}}}}")
    message = f"extraneous key [{key}] is not permitted in orb 'o'"
    assert problems(place)[0].startswith(at(f"{{orbs: {{o: {{{key}: {{}}}}}}}}", f"{key}: {{}}", message))


def test_an_orb_that_is_not_here_is_an_error_for_what_uses_it_alone():
    definitions, _, place = imported("{o: a/b@1}")
    assert problems(place) == []
    assert (definitions.orbs["o"].missing, definitions.orbs["o"].reference) == (True, "a/b@1")
    [problem] = place.compilation.diagnostics.missing.unused
    assert problem.message == "Cannot find orb 'a/b@1'"
    assert "orbs fetch" in problem.hint
    assert "orbs add a/b https://github.com/a/b-orb --version 1" in problem.hint


def test_the_hint_names_the_versions_that_are_here():
    _, _, place = imported("{o: a/b@3}", {"a/b@1.0.0": ORB, "a/b@2.0.0": ORB})
    [problem] = place.compilation.diagnostics.missing.unused
    assert problem.hint.startswith("here are the versions 1.0.0, 2.0.0; ")


def test_the_version_that_a_reference_resolved_to_is_a_comment():
    source = OrbSource("a/b@1.2.3", ORB, "b.yml")
    _, importer, _ = imported("{o: a/b@1, p: a/b@1.2}", {"a/b@1": source, "a/b@1.2": source})
    assert list(importer.comments) == [
        "# Orb 'a/b@1' resolved to 'a/b@1.2.3'",
        "# Orb 'a/b@1.2' resolved to 'a/b@1.2.3'",
    ]
    assert list(importer.done) == ["a/b@1.2.3"]
    assert list(importer.chosen) == []


def test_a_version_that_nothing_has_fixed_is_named_and_a_warning_passed_on():
    source = OrbSource("a/b@1.2.3", ORB, "b.yml", warning="an older one is locked", locked=False)
    _, importer, place = imported("{o: a/b@1}", {"a/b@1": source})
    assert list(importer.chosen) == ["orb a/b@1 is a/b@1.2.3 here: .circleci/orbs.lock has no entry"]
    hint = "`nox-circleci orbs fetch` brings it; `nox-circleci orbs fetch --update` locks another one"
    assert warnings(place) == [at("{orbs: {o: a/b@1}}", "a/b", "an older one is locked", hint)]


def test_an_orb_that_imports_itself_is_refused():
    texts = {"a/b@1": "version: 2.1\norbs: {o: c/d@1}\n", "c/d@1": "version: 2.1\norbs: {o: a/b@1}\n"}
    _, _, place = imported("{o: a/b@1}", texts)
    [found] = problems(place)
    assert "orb 'a/b@1' imports itself: a/b@1 -> c/d@1 -> a/b@1" in found


def test_orbs_import_each_other_20_deep():
    def nested(depth):
        return "{o: " * depth + "{}" + "}" * depth if depth == 1 else f"{{o: {{orbs: {nested(depth - 1)}}}}}"

    assert problems(imported(nested(20))[2]) == []
    [found] = problems(imported(nested(21))[2])
    assert found.endswith("orbs import each other more than 20 deep")


def test_what_is_wrong_in_an_orbs_file_is_reported_there():
    _, _, place = imported("{o: a/b@1}", {"a/b@1": "version: 2.1\ncommands: [a\n"})
    with pytest.raises(Exception, match=r"^a/b@1\.yml:"):
        place.compilation.diagnostics.raise_errors()


def test_without_sources_there_is_no_orb():
    assert (NoOrbs().find("a/b@1"), NoOrbs().versions("a/b@1")) == (None, ())
