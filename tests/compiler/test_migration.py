"""The safe part of a config's way to version 2.1."""

from textwrap import dedent

import pytest

from ci.compiler.compile import Mode, NoOrbs, compile_config
from ci.compiler.migration import migrate
from ci.compiler.pipeline_values import PipelineValues

OLD = """\
# The pipeline.   <<: kept
version: 2   # of the config
x-env: &env   {A: "1"}

jobs:
    build:
        docker:
        -   image: 'cimg/base:2024.01'
            environment: {<<: *env}
        steps:
        - run: |   # <<EOF
            cat <<-EOF > file   # not a comment
              $((1 << 2))
            EOF
        - run: "read A <<< \\"b\\""
        - run: {command: 'cat <<X', name: it's}
        - run: echo a
            <<b
workflows:
    version: 2
    # the only one
    main:
        jobs:   [build]
"""
NEW = """\
# The pipeline.   <<: kept
version: 2.1   # of the config
x-env: &env   {A: "1"}

jobs:
    build:
        docker:
        -   image: 'cimg/base:2024.01'
            environment: {<<: *env}
        steps:
        - run: |   # <<EOF
            cat \\<<-EOF > file   # not a comment
              $((1 \\<< 2))
            EOF
        - run: "read A \\\\<<< \\"b\\""
        - run: {command: 'cat \\<<X', name: it's}
        - run: echo a
            \\<<b
workflows:
    # the only one
    main:
        jobs:   [build]
"""


def commands(text, announced="refused"):
    compiled = compile_config(text, "config.yml", PipelineValues(), NoOrbs(), mode=Mode(announced=announced))
    steps = compiled.document["jobs"]["build"]["steps"]
    return [step["run"] if isinstance(step["run"], str) else step["run"]["command"] for step in steps]


def test_the_version_the_heredocs_and_the_workflows_version_change_and_nothing_else():
    found = migrate(OLD)
    assert found.text == NEW
    assert found.changed == (
        "line 2: version: 2.1",
        "line 12: escaped <<",
        "line 13: escaped <<",
        "line 15: escaped <<",
        "line 16: escaped <<",
        "line 18: escaped <<",
        "line 20: removed version from workflows",
    )
    assert commands(found.text) == commands(OLD, "accepted")


def test_what_is_new_already_stays_as_it_is():
    assert migrate(NEW).text == NEW
    assert migrate(NEW).changed == ()


@pytest.mark.parametrize(
    "text", [OLD.replace("\n", "\r\n"), "\ufeff" + OLD, OLD.rstrip("\n")], ids=["crlf", "bom", "end"]
)
def test_line_ends_a_byte_order_mark_and_a_missing_last_line_end_stay(text):
    expected = (
        NEW.replace("\n", "\r\n") if "\r" in text else "\ufeff" + NEW if text[0] == "\ufeff" else NEW.rstrip("\n")
    )
    assert migrate(text).text == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [("2.0", "2.1"), ("'2'", "'2.1'"), ('"2.0"', '"2.1"'), ("2.1", "2.1"), ("3", "3")],
)
def test_the_version_keeps_its_quotes(old, new):
    assert migrate(f"version: {old}\njobs: {{}}\n").text == f"version: {new}\njobs: {{}}\n"


def test_in_a_config_of_2_1_heredocs_and_here_strings_are_escaped_and_tags_are_not():
    text = dedent("""\
        version: 2.1
        jobs:
          build:
            parameters: {EOF: {type: string, default: a}}
            steps:
              - run: |
                  cat <<EOF >> out
                  << parameters.EOF >> <<parameters.EOF>> \\<<EOF
                  EOF
                  read A <<<b
        """)
    found = migrate(text)
    assert found.text == text.replace("cat <<EOF", "cat \\<<EOF").replace("A <<<b", "A \\<<<b")


def test_a_backslash_before_the_sign_is_left_and_named():
    text = "version: 2\njobs:\n  build: {steps: [run: 'a \\<< b']}\n"
    found = migrate(text)
    assert found.text == text.replace("version: 2", "version: 2.1")
    assert found.left == ("line 3: a backslash before << has no equal in version 2.1",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("workflows: {version: 2, a: {jobs: [b]}}", None),
        ("workflows:\n  version: 2", None),
        ("workflows:\n  version: 2  # why\n  a: {jobs: [b]}", "workflows:\n  # why\n  a: {jobs: [b]}"),
        ("workflows:\n  a: {jobs: [b]}\n  version: 2", "workflows:\n  a: {jobs: [b]}"),
    ],
)
def test_the_version_of_workflows_goes_where_it_is_a_line_of_its_own(old, new):
    assert migrate(f"version: 2.1\n{old}\n").text == f"version: 2.1\n{new or old}\n"


@pytest.mark.parametrize("text", ["", "[]", "a\n", "version:\n"])
def test_what_is_no_config_stays_as_it_is(text):
    assert migrate(text).text == text
