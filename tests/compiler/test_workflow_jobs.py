"""One entry of a workflow's jobs: its name, its attributes, the instances that it stands for.

https://circleci.com/docs/reference/configuration-reference/#jobs-in-workflow: a name, or a map from it to attributes;
#type: only approval; #context: a name or a list; #override-with: the orb's job if the orb has it. Serial groups: the
guide "Controlling serial execution across your organization".
"""

import pytest

from ci.compiler.define import define
from ci.compiler.definitions import Definitions
from ci.compiler.diagnostics import Diagnostics
from ci.compiler.workflow_jobs import expand_workflow_job, read_workflow_job, serial_group

from .snippets import FILE, at, map_node, node, plain, problems, scope, warnings

PARAMETERS = "parameters: {v: {type: string}, n: {type: integer, default: 1}}"
TEST = f"test: {{{PARAMETERS}, machine: true, steps: [run: t << parameters.v >>]}}"
JOBS = f"{{jobs: {{build: {{machine: true, steps: [checkout]}}, {TEST}, nothing: {{type: no-op}}}}}}"
ORB = "{jobs: {build: {machine: true, steps: [run: orb]}}}"


def workflow_scope():
    place = scope({"git.branch": "main", "git.tag": ""})
    define(map_node(JOBS), place.definitions, place.compilation.diagnostics)
    place.definitions.orbs["o"] = Definitions("o")
    define(map_node(ORB), place.definitions.orbs["o"], place.compilation.diagnostics)
    return place


def expanded(text):
    """Return the instances of an entry, and what is reported."""
    place = workflow_scope()
    entry = read_workflow_job(node(text), place.compilation.diagnostics)
    return expand_workflow_job(entry, place), problems(place)


def only(text):
    """Return the single instance of an entry of which nothing is reported."""
    [draft], reported = expanded(text)
    assert reported == []
    return draft


def refused(text):
    return [each.partition(" (")[0] for each in expanded(text)[1]]


@pytest.mark.parametrize(
    ("text", "job", "attributes"),
    [
        ("build", "build", {}),
        ("o/build", "o/build", {}),
        ("{build: null}", "build", {}),
        ("{build: {}}", "build", {}),
        ("{build: {name: b, requires: [a]}}", "build", {"name": "b", "requires": ["a"]}),
        ("7", "7", {}),
        ("true", "true", {}),
        ("off", "false", {}),
    ],
)
def test_an_entry_is_a_jobs_name_or_a_map_from_it_to_attributes(text, job, attributes):
    diagnostics = Diagnostics(FILE)
    entry = read_workflow_job(node(text), diagnostics)
    assert (entry.job, entry.attributes.plain) == (job, attributes)
    assert problems(diagnostics) == []


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("null", "null", "an entry of a workflow's jobs is a job's name, or a map from it to attributes"),
        ("[a]", "[a]", "an entry of a workflow's jobs is a job's name, or a map from it to attributes"),
        ("{a: x}", "x", "what is written below job 'a' must be a map"),
        ("{a: [x]}", "[x]", "what is written below job 'a' must be a map"),
        (
            "{}",
            "{}",
            "an entry of a workflow's jobs has exactly one key, this one has: none "
            "(indent what belongs to the job further than its name)",
        ),
        (
            "{a: {}, name: b}",
            "{a",
            "an entry of a workflow's jobs has exactly one key, this one has: a, name "
            "(indent what belongs to the job further than its name)",
        ),
    ],
)
def test_any_other_entry_is_reported(text, piece, message):
    diagnostics = Diagnostics(FILE)
    assert read_workflow_job(node(text), diagnostics) is None
    assert problems(diagnostics) == [at(text, piece, message)]


def test_every_key_that_is_no_attribute_is_an_argument():
    text = "{a: {name: 1, requires: 1, context: 1, type: 1, filters: 1, matrix: 1, pre-steps: 1, post-steps: 1, "
    text += "serial-group: 1, override-with: 1, other: 1, when: 1}}"
    entry = read_workflow_job(node(text), Diagnostics(FILE))
    assert list(entry.arguments) == ["other", "when"]


def test_an_entry_stands_for_one_job_with_its_arguments():
    draft = only("{test: {v: a}}")
    assert (draft.name, draft.job, draft.kind, draft.session) == ("test", "test", "build", "test")
    assert plain(draft.compiled.node)["steps"] == [{"run": {"command": "t a"}}]
    assert (draft.alias, draft.own_alias) == ("", False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing-such", "1: Cannot find a definition for job named nothing-such"),
        ("test", "1: Missing required argument(s): v"),
        ("{test: {v: a, w: b}}", "15: Unexpected argument(s): w"),
        ("{test: {v: 7}}", "12: Type error for argument v: expected type: string, actual value: 7"),
        ("{build: {type: build}}", "16: the type in a workflow can only be approval, not build"),
        ("{hold: {type: approval, v: a}}", "25: Unexpected argument(s): v"),
        ("{build: {name: [a]}}", "16: The value of `name` must be a string"),
        ("{build: {name: ''}}", "16: The value of `name` must be a string"),
        ("{build: {name: null}}", "16: The value of `name` must be a string"),
        ("{build: {context: [7]}}", "20: a context is a name, or a list of names"),
        ("{build: {context: {a: b}}}", "19: a context is a name, or a list of names"),
        ("{build: {override-with: build}}", "25: override-with must name a job of an orb, as orb/job"),
        ("{build: {override-with: x/build}}", "25: Cannot find orb 'x' looking for job named 'x/build'"),
    ],
)
def test_what_is_wrong_with_an_entry_is_reported(text, message):
    assert refused(text) == [message]


def test_an_approval_needs_no_job_and_is_none():
    draft = only("{hold: {type: approval}}")
    assert (draft.name, draft.kind, draft.compiled) == ("hold", "approval", None)
    assert plain(draft.attributes["type"]) == "approval"
    assert only("{build: {type: approval}}").compiled is None


def test_an_instance_has_the_kind_of_its_job():
    assert only("nothing").kind == "no-op"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("b", "b"), ("<< pipeline.git.branch >>-b", "main-b"), ("7", "7"), ("true", "true"), ("a b/c", "a b/c")],
)
def test_a_name_is_free_text_with_tags(name, expected):
    draft = only(f"{{build: {{name: {name}}}}}")
    assert (draft.name, draft.session, draft.job) == (expected, expected, "build")


MATRIX = "matrix: {parameters: {v: [a, b]}}"


@pytest.mark.parametrize(
    ("attributes", "names", "sessions"),
    [
        (MATRIX, ["test-a", "test-b"], {"test"}),
        (f"{MATRIX}, name: t-<< matrix.v >>", ["t-a", "t-b"], {"test"}),
        (f"{MATRIX}, name: one", ["one", "one"], {"one"}),
        ("matrix: {parameters: {v: [a, b]}, alias: all}", ["test-a", "test-b"], {"all"}),
        ("matrix: {parameters: {v: [a, b]}, alias: all}, name: t-<<matrix.v>>", ["t-a", "t-b"], {"all"}),
    ],
)
def test_a_matrix_stands_for_a_job_each_in_one_session(attributes, names, sessions):
    drafts, reported = expanded(f"{{test: {{{attributes}}}}}")
    assert reported == []
    assert [each.name for each in drafts] == names
    assert {each.session for each in drafts} == sessions


def test_a_matrix_gives_its_values_to_the_job_and_to_every_attribute():
    text = f"{{test: {{{MATRIX}, n: 2, requires: [x-<< matrix.v >>], context: c-<< matrix.v >>, "
    text += "pre-steps: [run: p << matrix.v >>], filters: {branches: {only: << matrix.v >>}}}}"
    drafts, reported = expanded(text)
    assert reported == []
    for value, draft in zip("ab", drafts, strict=True):
        assert plain(draft.compiled.node)["steps"] == [
            {"run": {"command": f"p {value}"}},
            {"run": {"command": f"t {value}"}},
        ]
        assert [each.name for each in draft.wanted] == [f"x-{value}"]
        assert draft.contexts == (f"c-{value}",)
        assert plain(draft.attributes["filters"]) == {"branches": {"only": value}}


def test_the_alias_of_a_matrix_is_by_default_the_jobs_name():
    drafts, _ = expanded(f"{{test: {{{MATRIX}}}}}")
    assert {(each.alias, each.own_alias) for each in drafts} == {("test", False)}
    drafts, _ = expanded("{test: {matrix: {parameters: {v: [a]}, alias: all}}}")
    assert {(each.alias, each.own_alias) for each in drafts} == {("all", True)}


def test_an_argument_beside_a_matrix_parameter_of_its_name_is_warned_of():
    text = f"{{test: {{v: c, {MATRIX}}}}}"
    place = workflow_scope()
    drafts = expand_workflow_job(read_workflow_job(node(text), place.compilation.diagnostics), place)
    assert [each.name for each in drafts] == ["test-a", "test-b"]
    message = "the argument 'v' is not used: the matrix has a parameter of that name"
    assert warnings(place) == [at(text, "v: c", message, "remove the argument, or the parameter of the matrix")]


def test_a_matrix_without_a_combination_left_is_warned_of():
    text = "{test: {matrix: {parameters: {v: [a]}, exclude: [{v: a}]}}}"
    place = workflow_scope()
    assert expand_workflow_job(read_workflow_job(node(text), place.compilation.diagnostics), place) == []
    assert warnings(place) == [at(text, "test", "the matrix of 'test' has no combination left")]


@pytest.mark.parametrize(
    ("context", "names", "kept"),
    [
        ("a", ("a",), "a"),
        ("[a, b, a]", ("a", "b"), ["a", "b", "a"]),
        ("[]", (), []),
        ("''", (), ""),
        ("<< pipeline.git.branch >>", ("main",), "main"),
    ],
)
def test_contexts_are_a_name_or_a_list_and_stay_in_the_compiled_entry(context, names, kept):
    draft = only(f"{{build: {{context: {context}}}}}")
    assert draft.contexts == names
    assert plain(draft.attributes["context"]) == kept


def test_a_null_context_is_none():
    draft = only("{build: {context: null}}")
    assert draft.contexts == ()
    assert "context" not in draft.attributes


def test_filters_decide_whether_an_instance_runs_or_is_there():
    assert only("{build: {filters: {branches: {only: dev}}}}").filtered
    draft = only("{build: {filters: pipeline.git.tag}}")
    assert draft.removed
    assert "filters" not in draft.attributes


@pytest.mark.parametrize(
    ("override", "steps"),
    [
        ("o/build", [{"run": {"command": "orb"}}]),
        ("o/missing", ["checkout"]),
    ],
)
def test_override_with_takes_the_orbs_job_if_the_orb_has_it(override, steps):
    draft = only(f"{{build: {{override-with: {override}}}}}")
    assert plain(draft.compiled.node)["steps"] == steps
    assert (draft.name, draft.job) == ("build", "build")


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("deploy", "deploy"),
        ("a.b-c_d/E9", "a.b-c_d/E9"),
        ("<< pipeline.git.branch >>/x", "main/x"),
        ("a" * 512, "a" * 512),
        ("7", "7"),
    ],
)
def test_a_serial_group_is_a_key_of_512_characters_at_most(value, key):
    place = workflow_scope()
    assert serial_group(node(value), place) == key
    assert problems(place) == []
    assert plain(only(f"{{build: {{serial-group: {value}}}}}").attributes["serial-group"]) in (key, 7)


@pytest.mark.parametrize("value", ["''", "' '", "a b", "ä", "a" * 513, "[a]", "{a: b}", "'a$b'"])
def test_any_other_serial_group_is_reported(value):
    place = workflow_scope()
    assert serial_group(node(value), place) == ""
    [found] = problems(place)
    assert found.startswith("1: a serial-group is 1 to 512 characters of letters, digits, '.', '-', '_' and '/', not: ")


def test_an_instance_keeps_the_values_that_its_matrix_gives_it():
    [old, new], reported = expanded("{test: {matrix: {parameters: {v: ['3.9', '3.11'], n: [2]}}}}")
    assert reported == []
    assert (old.instance().matrix, new.instance().matrix) == ((("v", "3.9"), ("n", "2")), (("v", "3.11"), ("n", "2")))
