"""Filters: whether a job runs on the current branch or tag.

https://circleci.com/docs/reference/configuration-reference/#jobfilters and the guide "Using workflows to orchestrate
jobs": a branch build looks at branches only; without a tag filter a job runs for no tag; a pattern matches the whole
name. #expression-based-job-filters: a text is an expression, and takes the job out if it is false.
"""

import pytest

from ci.compiler.announced import DATE
from ci.compiler.definitions import BROKEN
from ci.compiler.filters import FilterDecision, check, decide, items, pattern_of

from .snippets import KEY, at, map_node, node, plain, problems, scope, warnings

KEY_WIDTH = len(KEY)
REFUSES_TRUE = "its branch filter does not let 'True'"
BRANCH = {"git.branch": "main", "git.tag": ""}
TAG = {"git.branch": "", "git.tag": "v1.2"}
PARAMETERS = {"branch": "main", "pattern": "/ma.*/", "list": "[main, dev]", "number": "7", "map": "{only: main}"}


def runs(filters, values):
    """Return whether a job with these filters runs; nothing may be reported."""
    place = scope(values, PARAMETERS)
    found = decide(node(filters) if filters else None, place)
    assert problems(place) == []
    assert not found.removes
    return not found.refuses


@pytest.mark.parametrize(
    ("filters", "on_branch", "on_tag"),
    [
        (None, True, False),
        ("null", True, False),
        ("{}", True, False),
        ("{branches: null, tags: null}", True, False),
        ("{branches: {only: main}}", True, False),
        ("{branches: {only: dev}}", False, False),
        ("{branches: {ignore: main}}", False, False),
        ("{branches: {ignore: dev}}", True, False),
        ("{branches: {}}", True, False),
        ("{tags: {only: v1.2}}", True, True),
        ("{tags: {only: v2}}", True, False),
        ("{tags: {ignore: v1.2}}", True, False),
        ("{tags: {ignore: v2}}", True, True),
        ("{tags: {}}", True, False),
        ("{tags: {only: /.*/}}", True, True),
        ("{tags: {only: /.*/}, branches: {ignore: /.*/}}", False, True),
        ("{branches: {only: main}, tags: {only: /v.*/}}", True, True),
        ("{branches: {only: dev}, tags: {only: /v.*/}}", False, True),
    ],
)
def test_a_branch_build_looks_at_branches_and_a_tag_build_wants_a_tag_filter(filters, on_branch, on_tag):
    """The table of the guide: one row for each filter."""
    assert runs(filters, BRANCH) is on_branch
    assert runs(filters, TAG) is on_tag


def test_with_a_branch_and_a_tag_the_branch_decides():
    both = {"git.branch": "main", "git.tag": "v1.2"}
    assert runs("{branches: {only: main}, tags: {ignore: v1.2}}", both)
    assert not runs("{branches: {only: dev}, tags: {only: v1.2}}", both)


def test_without_a_branch_and_a_tag_no_name_is_let_through():
    neither = {"git.branch": "", "git.tag": ""}
    assert runs(None, neither)
    assert not runs("{branches: {only: main}}", neither)
    assert runs("{branches: {ignore: main}}", neither)


@pytest.mark.parametrize(
    ("only", "matches"),
    [
        ("main", True),
        ("mai", False),
        ("Main", False),
        ("[dev, main]", True),
        ("[main, dev]", True),
        ("[dev]", False),
        ("[]", False),
        ("/main/", True),
        ("/ma.*/", True),
        ("/ma/", False),
        ("/ain/", False),
        ("/^main$/", True),
        ("[/x/, /m.../]", True),
        ("ma.*", False),
        ("/", False),
        ("//", False),
        ("<< parameters.branch >>", True),
        ("<< parameters.pattern >>", True),
        ("<< parameters.list >>", True),
        ("[<< pipeline.git.branch >>]", True),
    ],
)
def test_a_name_is_compared_and_a_pattern_matches_the_whole_name(only, matches):
    assert runs(f"{{branches: {{only: {only}}}}}", BRANCH) is matches
    assert runs(f"{{branches: {{ignore: {only}}}}}", BRANCH) is not matches


def test_a_number_stands_for_the_name_that_it_is_written_as():
    assert runs("{branches: {only: 7}}", {"git.branch": "7"})
    assert runs("{branches: {only: << parameters.number >>}}", {"git.branch": "7"})
    assert not runs("{branches: {only: 7}}", {"git.branch": "70"})


@pytest.mark.parametrize("only", ["[null]", "[null, dev]"])
def test_a_null_is_the_name_of_no_branch(only):
    assert not runs(f"{{branches: {{only: {only}}}}}", {"git.branch": "None"})
    assert runs(f"{{branches: {{ignore: {only}}}}}", {"git.branch": "None"})


def test_what_is_no_name_leaves_the_names_behind_it():
    assert runs("{branches: {only: [null, main]}}", BRANCH)
    assert decide(node("{branches: {only: [true, main]}}"), scope(BRANCH)).refuses is None


def test_only_is_looked_at_before_ignore():
    assert runs("{branches: {only: main, ignore: main}}", BRANCH)
    assert not runs("{branches: {only: dev, ignore: dev}}", BRANCH)


@pytest.mark.parametrize(
    ("filters", "values", "reason"),
    [
        ("{branches: {only: [dev, /x.*/]}}", BRANCH, "its branch filter does not let 'main' run (only: dev, /x.*/)"),
        ("{branches: {ignore: main}}", BRANCH, "its branch filter does not let 'main' run (ignore: main)"),
        ("{tags: {only: v2}}", TAG, "its tag filter does not let 'v1.2' run (only: v2)"),
        ("{tags: {ignore: [/v.*/]}}", TAG, "its tag filter does not let 'v1.2' run (ignore: /v.*/)"),
        (None, TAG, "it has no tag filter, so it does not run for tag 'v1.2'"),
        ("{branches: {only: main}}", TAG, "it has no tag filter, so it does not run for tag 'v1.2'"),
        (
            "{branches: {only: main}}",
            {"git.branch": "", "git.tag": ""},
            "its branch filter does not let '' run (only: main)",
        ),
        (
            "{branches: {only: main}}",
            {"git.branch": None, "git.tag": None},
            "its branch filter does not let '' run (only: main)",
        ),
        ("{branches: {only: main}}", BRANCH, None),
    ],
)
def test_the_reason_names_the_filter_and_the_branch_or_tag(filters, values, reason):
    assert decide(node(filters) if filters else None, scope(values)).refuses == reason


@pytest.mark.parametrize(
    ("filters", "values", "reason"),
    [
        ("{branches: {only: [dev, /m.*/]}}", BRANCH, "its branch filter lets 'main' run (only: dev, /m.*/)"),
        ("{branches: {ignore: dev}}", BRANCH, "its branch filter lets 'main' run (ignore: dev)"),
        ("{tags: {only: /v.*/}}", TAG, "its tag filter lets 'v1.2' run (only: /v.*/)"),
        ("{tags: {only: /v.*/}}", BRANCH, None),
        (None, BRANCH, None),
    ],
)
def test_what_lets_a_job_run_is_named_too(filters, values, reason):
    assert decide(node(filters) if filters else None, scope(values)).allows == reason


@pytest.mark.parametrize(
    ("filters", "values", "piece"),
    [
        ("{branches: {only: [dev, /x.*/]}}", BRANCH, "[dev"),
        ("{branches: {ignore: main}}", BRANCH, "main"),
        ("{branches: {only: dev}, tags: {only: v2}}", TAG, "v2"),
        ("pipeline.git.tag", BRANCH, "pipeline"),
        ("{branches: {only: main}}", TAG, None),
        (None, TAG, None),
    ],
)
def test_the_place_is_that_of_the_names_or_of_the_expression_and_none_where_there_is_no_filter(filters, values, piece):
    place = decide(node(filters) if filters else None, scope(values)).place
    assert (place.column if place else None) == (KEY_WIDTH + filters.index(piece) + 1 if piece else None)


def test_a_map_is_kept_in_the_compiled_config_with_its_tags_filled():
    text = "{branches: {only: << parameters.branch >>}, tags: {ignore: /.*/}}"
    found = decide(node(text), scope(BRANCH, PARAMETERS))
    assert plain(found.kept) == {"branches": {"only": "main"}, "tags": {"ignore": "/.*/"}}
    assert found.removes is False


@pytest.mark.parametrize("filters", [None, "null", "''", "'  '"])
def test_no_filter_is_kept_of_nothing(filters):
    assert decide(node(filters) if filters else None, scope(BRANCH)).kept is None


@pytest.mark.parametrize(
    ("filters", "values", "stays"),
    [
        ("pipeline.git.branch or pipeline.git.tag", BRANCH, True),
        ("pipeline.git.branch or pipeline.git.tag", TAG, True),
        ("pipeline.git.branch", BRANCH, True),
        ("pipeline.git.branch", TAG, False),
        ("pipeline.git.tag", BRANCH, False),
        ('pipeline.git.branch == "main"', BRANCH, True),
        ('pipeline.git.branch == "dev"', BRANCH, False),
        ("<< pipeline.git.branch >>", BRANCH, True),
        ("<< pipeline.git.tag >>", BRANCH, False),
        ("pipeline.git.tag matches /^v.*/", TAG, True),
        ("pipeline.git.tag matches /^v/", TAG, False),
    ],
)
def test_a_text_is_an_expression_that_takes_the_job_out_if_it_is_false(filters, values, stays):
    place = scope(values)
    reason = None if stays else f"its filter is false: {filters}"
    allowed = f"its filter is true: {filters}" if stays else None
    found = decide(node(f"'{filters} '"), place)
    assert (found.kept, found.refuses, found.removes, found.allows) == (None, reason, not stays, allowed)
    assert problems(place) == warnings(place) == []


def test_an_expression_without_a_value_is_reported_and_takes_nothing_out():
    text = "pipeline.git.branch =="
    place = scope(BRANCH)
    assert decide(node(text), place) == FilterDecision()
    assert problems(place) == [f"1: Expected expression in the expression: {text}"]
    place = scope(BRANCH)
    assert decide(node("<< pipeline.nothing >>"), place) == FilterDecision()
    assert len(problems(place)) == 1


def test_a_text_with_tags_in_it_is_warned_of_and_true():
    text = "pipeline.git.branch == << pipeline.git.tag >>"
    place = scope(BRANCH)
    found = decide(node(text), place)
    assert (found.refuses, found.removes) == (None, False)
    message = "this filter is a text with tags in it, and a text is always true"
    hint = "write the expression without << >>: pipeline values and parameters have their names in it"
    assert warnings(place) == [at(text, text, message, hint)]


@pytest.mark.parametrize("filters", ["7", "true", "[main]"])
def test_what_is_neither_a_map_nor_an_expression_is_refused(filters):
    place = scope(BRANCH)
    assert decide(node(filters), place) == FilterDecision()
    assert problems(place) == ["1: filters must be a map with branches or tags, or an expression"]


def test_a_map_that_was_reported_before_is_not_reported_again():
    place = scope(BRANCH, {"b": BROKEN})
    found = decide(node("{branches: << parameters.b >>}"), place)
    assert (found.refuses, found.removes) == (None, False)
    assert decide(BROKEN, scope(TAG)) == FilterDecision()
    assert problems(place) == []


MAP_ONLY = "must be a map with only or ignore"


@pytest.mark.parametrize(
    ("filters", "piece", "message"),
    [
        (
            "{branch: {only: a}}",
            "branch",
            "extraneous key [branch] is not permitted in filters (did you mean 'branches'?)",
        ),
        ("{xyz: a}", "xyz", "extraneous key [xyz] is not permitted in filters (Permitted keys: branches, tags)"),
        (
            "{tags: {xyz: a}}",
            "xyz",
            "extraneous key [xyz] is not permitted in filters: tags (Permitted keys: only, ignore)",
        ),
        (
            "{branches: {xyz: a}}",
            "xyz",
            "extraneous key [xyz] is not permitted in filters: branches (Permitted keys: only, ignore)",
        ),
        ("{branches: main}", "main", f"branches {MAP_ONLY}"),
        ("{branches: [main]}", "[main]", f"branches {MAP_ONLY}"),
        ("{branches: 7}", "7", f"branches {MAP_ONLY}"),
        ("{tags: false}", "false", f"tags {MAP_ONLY}"),
        ("{tags: [v1]}", "[v1]", f"tags {MAP_ONLY}"),
        ("{branches: {only: true}}", "true", "a filter needs names or /regular expressions/ (put the name in quotes)"),
        ("{tags: {ignore: [a, off]}}", "off", "a filter needs names or /regular expressions/ (put the name in quotes)"),
        (
            "{branches: {only: {a: 1}}}",
            "{a: 1}",
            "only must be a name, a /regular expression/ or a list of them, not a map"
            " (for example only: main, or only: [main, /release-.*/])",
        ),
        (
            "{tags: {ignore: [x, [y]]}}",
            "[y]",
            "ignore must be a name, a /regular expression/ or a list of them, not a list in a list"
            " (for example ignore: main, or ignore: [main, /release-.*/])",
        ),
    ],
)
def test_filters_of_a_wrong_shape_are_reported_whatever_is_built_now(filters, piece, message):
    for values in (BRANCH, TAG):
        place = scope(values)
        decide(node(filters), place)
        assert problems(place) == [at(filters, piece, message)]


def test_every_wrong_item_of_filters_is_reported():
    text = "{branches: {only: [true, {a: 1}], ignore: [no]}, tags: {only: [[a]]}}"
    place = scope(BRANCH)
    check(map_node(text), place.compilation.diagnostics)
    assert [problem.split(":")[0] for problem in problems(place)] == [
        str(text.index(piece) + 1) for piece in ("true", "{a: 1}", "no]", "[a]")
    ]


@pytest.mark.parametrize("filters", ["{branches: {only: true}}", "{branches: {only: [on]}}"])
def test_a_boolean_is_the_name_of_no_branch(filters):
    assert decide(node(filters), scope({"git.branch": "True"})).refuses.startswith(REFUSES_TRUE)


def test_a_wrong_pattern_is_reported_where_it_stands_and_matches_nothing():
    text = "{branches: {only: [x, '/(a/']}}"
    place = scope(BRANCH)
    assert decide(node(text), place).refuses == "its branch filter does not let 'main' run (only: x, /(a/)"
    [found] = problems(place)
    assert found.startswith(f"{text.index(chr(39)) + 1}: ")
    assert "(a" in found


def test_what_the_announced_compiler_refuses_is_reported_for_a_pattern():
    text = "{branches: {only: '/(?!dev).*/'}, tags: {ignore: (?!x)}}"
    place = scope(BRANCH, announced="refused")
    decide(node(text), place)
    message = f"the negative look-ahead (?! in a regular expression: CircleCI's compiler refuses it since {DATE}"
    [found] = problems(place)
    assert found.startswith(at(text, "'/(?!", message))
    assert "write what must not match under ignore:" in found


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("/a.*/", "a.*"),
        (r"/a\/b\/c/", "a/b/c"),
        ("//", ""),
        ("///", "/"),
        ("/", None),
        ("", None),
        ("a", None),
        ("/a", None),
        ("a/", None),
        (7, None),
        (None, None),
    ],
)
def test_a_pattern_stands_between_slashes(value, pattern):
    assert pattern_of(value) == pattern


@pytest.mark.parametrize(
    ("text", "expected"), [("a", ["a"]), ("[a, b]", ["a", "b"]), ("[]", []), ("{a: 1}", [{"a": 1}])]
)
def test_a_single_name_stands_for_a_list_of_one(text, expected):
    assert [item.plain for item in items(node(text))] == expected
    assert items(None) == []
