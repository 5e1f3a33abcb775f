"""A compiled step to a typed one: which keys it has, what they are by default.

https://circleci.com/docs/reference/configuration-reference/#steps: the keys of each step; #run: the silence that a step
may have, when it runs, how often it is run again. Names that a step has by default are those that CircleCI shows.
"""

import pytest

from ci.errors import ConfigError, Position
from ci.source.load import load
from ci.workflow.load_steps import step, words
from ci.workflow.model import (
    AddSshKeys,
    AttachWorkspace,
    Checkout,
    PersistToWorkspace,
    RestoreCache,
    Run,
    SaveCache,
    SetupRemoteDocker,
    StoreArtifacts,
    StoreTestResults,
    Unsupported,
)

AT = Position("c.yml", 1, 5)


def node(text):
    return load(f"it: {text}", "c.yml").get("it")


def refusal(text):
    with pytest.raises(ConfigError) as refused:
        step(node(text))
    [problem] = refused.value.problems
    return problem.message, problem.position.column - 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{run: make}", Run(AT, "make", "make")),
        ("{run: {command: make}}", Run(AT, "make", "make")),
        ("{run: {name: Build, command: make}}", Run(AT, "Build", "make")),
        ("{run: {command: true}}", Run(AT, "true", "true")),
        ("{run: {command: 7}}", Run(AT, "7", "7")),
        ("{run: {command: a, shell: bash -e}}", Run(AT, "a", "a", shell="bash -e")),
        ("{run: {command: a, shell: [bash, -e]}}", Run(AT, "a", "a", shell="bash -e")),
        ("{run: {command: a, shell: [env, A=b c, bash]}}", Run(AT, "a", "a", shell="env 'A=b c' bash")),
        ("{run: {command: a, working_directory: ~/x}}", Run(AT, "a", "a", working_directory="~/x")),
        ("{run: {command: a, background: true}}", Run(AT, "a", "a", background=True)),
        ("{run: {command: a, background: false}}", Run(AT, "a", "a", background=False)),
        ("{run: {command: a, no_output_timeout: 1.25h}}", Run(AT, "a", "a", no_output_timeout=4500)),
        ("{run: {command: a, no_output_timeout: null}}", Run(AT, "a", "a", no_output_timeout=600)),
        ("{run: {command: a, when: on_fail}}", Run(AT, "a", "a", when="on_fail")),
        ("{run: {command: a, when: always}}", Run(AT, "a", "a", when="always")),
        ("{run: {command: a, when: on_success}}", Run(AT, "a", "a", when="on_success")),
        ("{run: {command: a, max_auto_reruns: 5}}", Run(AT, "a", "a", max_auto_reruns=5)),
        (
            "{run: {command: a, max_auto_reruns: 1, auto_rerun_delay: 2m}}",
            Run(AT, "a", "a", max_auto_reruns=1, auto_rerun_delay=120),
        ),
        (
            "{run: {command: a, environment: {A: x, B: true, C: null}}}",
            Run(AT, "a", "a", environment=(("A", "x"), ("B", "1"), ("C", "<nil>"))),
        ),
        ("{run: {command: a, environment: [{A: x}, {A: y}]}}", Run(AT, "a", "a", environment=(("A", "x"), ("A", "y")))),
        ("{deploy: {command: a}}", Run(AT, "a", "a")),
    ],
)
def test_a_run_step(text, expected):
    """Silent for 10 minutes at most; run once, if all went well; in the job's shell and folder."""
    assert step(node(text)) == expected


def test_the_defaults_of_a_run_step():
    found = step(node("{run: a}"))
    assert (found.no_output_timeout, found.when, found.background) == (600, "on_success", False)
    assert (found.max_auto_reruns, found.auto_rerun_delay) == (0, 0)
    assert (found.shell, found.environment, found.working_directory) == ("", (), "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("checkout", Checkout(AT, "Checkout code", "")),
        ("{checkout: {path: ~/src}}", Checkout(AT, "Checkout code", "~/src")),
        ("{checkout: {name: Get it, when: always}}", Checkout(AT, "Get it", "", "always")),
        ("{checkout: null}", Checkout(AT)),
        ("{save_cache: {key: k, paths: [a, b/c]}}", SaveCache(AT, "k", ("a", "b/c"), "Saving Cache")),
        ("{save_cache: {key: k, paths: a}}", SaveCache(AT, "k", ("a",), "Saving Cache")),
        ("{save_cache: {key: 7, paths: [a], name: n, when: always}}", SaveCache(AT, "7", ("a",), "n", "always")),
        ("{restore_cache: {key: k}}", RestoreCache(AT, ("k",), "Restoring Cache")),
        ("{restore_cache: {keys: [a, b]}}", RestoreCache(AT, ("a", "b"), "Restoring Cache")),
        ("{restore_cache: {keys: [a, b], key: k}}", RestoreCache(AT, ("k", "a", "b"), "Restoring Cache")),
        ("{restore_cache: {key: k, name: n, when: on_fail}}", RestoreCache(AT, ("k",), "n", "on_fail")),
        (
            "{persist_to_workspace: {root: /tmp, paths: [a, '*.b']}}",
            PersistToWorkspace(AT, "/tmp", ("a", "*.b"), "Persisting to Workspace"),
        ),
        (
            "{persist_to_workspace: {root: ., paths: [a], name: n, when: always}}",
            PersistToWorkspace(AT, ".", ("a",), "n", "always"),
        ),
        ("{attach_workspace: {at: /tmp}}", AttachWorkspace(AT, "/tmp", "Attaching Workspace")),
        ("{attach_workspace: {at: ., name: n, when: on_fail}}", AttachWorkspace(AT, ".", "n", "on_fail")),
        ("{store_artifacts: {path: out}}", StoreArtifacts(AT, "out", "", "Uploading artifacts", "always")),
        (
            "{store_artifacts: {path: out, destination: d, name: n, when: on_success}}",
            StoreArtifacts(AT, "out", "d", "n", "on_success"),
        ),
        ("{store_test_results: {path: r}}", StoreTestResults(AT, "r", "Uploading test results", "always")),
        ("{store_test_results: {path: r, name: n, when: on_fail}}", StoreTestResults(AT, "r", "n", "on_fail")),
        ("add_ssh_keys", AddSshKeys(AT, "Installing additional SSH keys")),
        ("{add_ssh_keys: {name: n, fingerprints: [a], when: always}}", AddSshKeys(AT, "n", "always")),
        ("setup_remote_docker", SetupRemoteDocker(AT, "Setup a remote Docker engine")),
        ("{setup_remote_docker: {name: n, version: default, when: always}}", SetupRemoteDocker(AT, "n", "always")),
    ],
)
def test_the_other_steps(text, expected):
    """Uploads of artifacts and test results run always, the others if all went well."""
    assert step(node(text)) == expected


def test_what_only_circleci_can_do_is_a_step_that_is_skipped_with_the_reason():
    bundle = step(node("install_signing_bundle"))
    assert bundle == Unsupported(AT, "install_signing_bundle", "signing bundles are kept by CircleCI alone")
    assert step(node("{fly: {to: moon}}")) == Unsupported(AT, "fly", "a local run knows no step 'fly'")


@pytest.mark.parametrize("kind", ["run", "save_cache", "restore_cache", "checkout", "store_artifacts"])
def test_a_step_runs_on_success_on_failure_or_always(kind):
    text = f"{{{kind}: {{command: a, when: sometimes}}}}"
    message = "when: must be on_success, on_fail or always, not 'sometimes'"
    assert refusal(text) == (message, text.index("sometimes") + 1)


@pytest.mark.parametrize("key", ["no_output_timeout", "auto_rerun_delay"])
def test_what_is_not_a_duration_is_refused(key):
    text = f"{{run: {{command: a, {key}: soon}}}}"
    message = f"{key}: 'soon' is not a duration such as 30s, 10m or 1.25h"
    assert refusal(text) == (message, text.index("soon") + 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[bash, -c, a b]", ("bash", "-c", "a b")),
        ("[7, true, {a: 1}, x]", ("7", "true", "x")),
        ("bash -c 'a b'", ("bash", "-c", "a b")),
        (r"a\ b", ("a b",)),
        ("''", ()),
        ("null", ()),
        ("7", ("7",)),
        ("{a: 1}", ()),
    ],
)
def test_a_command_line_is_a_list_of_words_or_a_text_that_is_split_as_a_shell_does(text, expected):
    assert words(node(text)) == expected
    assert words(None) == ()


def test_a_command_line_with_an_open_quote_is_refused_where_it_stands():
    with pytest.raises(ConfigError) as refused:
        words(node('"it\'s"'))
    assert str(refused.value).splitlines() == [
        "c.yml:1:5: this command line cannot be split: No closing quotation",
        "    close it, or write the command as a list of words",
    ]
