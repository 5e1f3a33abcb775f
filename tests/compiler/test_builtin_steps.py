"""The steps that CircleCI itself knows: what each must be given, and how it is written in the compiled config.

https://circleci.com/docs/reference/configuration-reference/#steps and the section of each step: required keys, the
values of ``when``, automatic reruns (1 to 5, at most 10 minutes apart), the methods of a checkout.
"""

import pytest

from ci.compiler.builtin_steps import KEYS, REQUIRED, check_max_auto_reruns, normal_form
from ci.compiler.definitions import BROKEN
from ci.compiler.diagnostics import Diagnostics
from ci.source.nodes import Scalar

from .snippets import FILE, at, map_node, node, plain, problems, warnings


def formed(text):
    """Return a step as it is compiled, what is reported, and what is warned of."""
    diagnostics = Diagnostics(FILE)
    step = map_node(text)
    [(name, (key, value))] = step.entries.items()
    return plain(normal_form(name, key, value, step, diagnostics)), problems(diagnostics), warnings(diagnostics)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{run: make all}", {"run": {"command": "make all"}}),
        ("{run: ''}", {"run": {"command": ""}}),
        ("{run: {name: n, command: c}}", {"run": {"name": "n", "command": "c"}}),
        ("{run: {command: 7}}", {"run": {"command": 7}}),
        ("{checkout: null}", {"checkout": None}),
        ("{checkout: {path: src}}", {"checkout": {"path": "src"}}),
        ("{deploy: {command: c}}", {"deploy": {"command": "c"}}),
        ("{restore_cache: {key: k}}", {"restore_cache": {"key": "k"}}),
        ("{restore_cache: {keys: [k]}}", {"restore_cache": {"keys": ["k"]}}),
    ],
)
def test_a_run_of_text_becomes_a_map_and_all_else_stays(text, expected):
    assert formed(text) == (expected, [], [])


REQUIRED_KEYS = {
    "run": {"command"},
    "checkout": set(),
    "setup_remote_docker": set(),
    "save_cache": {"key", "paths"},
    "restore_cache": set(),
    "store_artifacts": {"path"},
    "store_test_results": {"path"},
    "persist_to_workspace": {"root", "paths"},
    "attach_workspace": {"at"},
    "add_ssh_keys": set(),
    "install_signing_bundle": set(),
    "deploy": set(),
}


def test_the_steps_and_their_required_keys_are_those_of_the_reference():
    assert {name: set(keys) for name, keys in REQUIRED.items()} == REQUIRED_KEYS
    assert set(KEYS) == set(REQUIRED_KEYS)


@pytest.mark.parametrize("name", [name for name, keys in REQUIRED_KEYS.items() if keys])
def test_each_missing_key_is_reported_at_the_steps_name(name):
    text = f"{{{name}: {{name: n}}}}"
    wanted = {at(text, name, f"required key [{key}] not found in step {name}") for key in REQUIRED_KEYS[name]}
    assert set(formed(text)[1]) == wanted


@pytest.mark.parametrize("name", [name for name, keys in REQUIRED_KEYS.items() if keys and name != "run"])
def test_a_step_with_required_keys_must_be_a_map(name):
    keys = ", ".join(REQUIRED[name])
    for value in ("a", "null", "[a]"):
        text = f"{{{name}: {value}}}"
        assert formed(text)[1] == [at(text, name, f"step {name} must be a map with {keys}")]


def test_restore_cache_needs_key_or_keys():
    text = "{restore_cache: {name: n}}"
    message = "required key [key] not found in step restore_cache"
    assert formed(text)[1] == [at(text, "restore_cache", message, "give it key or keys")]
    text = "{restore_cache: k}"
    assert formed(text)[1] == [at(text, "restore_cache", "step restore_cache must be a map with key, keys")]


@pytest.mark.parametrize(
    ("value", "hint"),
    [("null", "indent command: below run:"), ("7", "put the command in quotes"), ("true", "put the command in quotes")],
)
def test_run_needs_a_command(value, hint):
    text = f"{{run: {value}}}"
    message = "run needs a command, as text or as a map with the key command"
    assert formed(text)[1] == [at(text, value, message, hint)]


@pytest.mark.parametrize("command", ["[a]", "{a: b}", "null"])
def test_the_command_of_a_run_is_text(command):
    text = f"{{run: {{command: {command}}}}}"
    assert formed(text)[1] == [at(text, command, "the command of a run step must be text")]


@pytest.mark.parametrize("step", ["run: {command: c", "checkout: {path: p", "save_cache: {key: k, paths: [p]"])
@pytest.mark.parametrize(
    ("when", "shown"),
    [("on_success", None), ("on_fail", None), ("always", None), ("never", "never"), ("true", "True"),
     ("[always]", "a collection")],
)  # fmt: skip
def test_when_is_one_of_three(step, when, shown):
    text = f"{{{step}, when: {when}}}}}"
    message = f"when of a step must be one of on_success, on_fail, always, not {shown}"
    assert formed(text)[1] == ([at(text, when, message)] if shown else [])


@pytest.mark.parametrize(
    ("method", "shown"),
    [("blobless", None), ("full", None), ("shallow", None), ("fast", "fast"), ("[full]", "a collection")],
)
def test_a_checkout_has_one_of_three_methods(method, shown):
    text = f"{{checkout: {{method: {method}}}}}"
    message = f"the method of a checkout is one of blobless, full, shallow, not {shown}"
    assert formed(text)[1] == ([at(text, method, message)] if shown else [])


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_step_is_rerun_up_to_five_times(number):
    assert check_max_auto_reruns(node(str(number)), Diagnostics(FILE)) == number


@pytest.mark.parametrize("value", ["0", "6", "-1", "1.0", "'3'", "true", "null", "[1]"])
def test_any_other_number_of_reruns_is_refused(value):
    diagnostics = Diagnostics(FILE)
    assert check_max_auto_reruns(node(value), diagnostics) == 0
    assert problems(diagnostics) == ["1: max_auto_reruns must be an integer from 1 to 5"]
    text = f"{{run: {{command: c, max_auto_reruns: {value}}}}}"
    column = text.index("reruns: ") + len("reruns: ") + 1
    assert formed(text)[1] == [f"{column}: max_auto_reruns must be an integer from 1 to 5"]


@pytest.mark.parametrize("delay", ["1s", "30s", "600s", "1m", "9m", "10m"])
def test_reruns_are_a_second_to_ten_minutes_apart(delay):
    assert formed(f"{{run: {{command: c, max_auto_reruns: 1, auto_rerun_delay: {delay}}}}}")[1] == []


@pytest.mark.parametrize(
    "delay", ["0s", "601s", "1000s", "11m", "0m", "1h", "1.5m", "05s", "10", "1 s", "[1s]", "1m30s"]
)
def test_any_other_delay_is_refused(delay):
    text = f"{{run: {{command: c, max_auto_reruns: 1, auto_rerun_delay: {delay}}}}}"
    message = "auto_rerun_delay must be 1s or more and at most 10m"
    column = text.index("delay: ") + len("delay: ") + 1
    assert formed(text)[1] == [f"{column}: {message} (for example 30s or 2m)"]


def test_a_delay_needs_reruns_and_a_background_step_has_none():
    text = "{run: {command: c, auto_rerun_delay: 5s}}"
    assert formed(text)[1] == [at(text, "auto_rerun", "auto_rerun_delay needs max_auto_reruns beside it")]
    text = "{run: {command: c, max_auto_reruns: 2, background: true}}"
    message = "a background step cannot be rerun"
    assert formed(text)[1] == [at(text, "background", message, "remove background, or the reruns")]
    assert formed("{run: {command: c, max_auto_reruns: 2, background: false}}")[1] == []
    assert formed("{run: {command: c, background: true}}")[1] == []


@pytest.mark.parametrize("name", sorted(REQUIRED_KEYS))
def test_a_key_that_means_nothing_is_warned_of(name):
    keys = "".join(f"{key}: a, " for key in KEYS[name] if key in (*REQUIRED[name], "key"))
    text = f"{{{name}: {{{keys}qqq: 1}}}}"
    _, reported, warned = formed(text)
    assert reported == []
    assert [each.partition(" (")[0] for each in warned] == [
        at(text, "qqq", f"the key 'qqq' means nothing in step {name}")
    ]


@pytest.mark.parametrize(
    ("command", "function"),
    [
        ("circleci run circleci-functions/python@1.2 -- x", "circleci-functions/python@1.2"),
        ("a && circleci  run o/f@v0.5.0", "o/f@v0.5.0"),
        ("circleci run release plan", None),
        ("circleci tests glob 'a'", None),
        ("mycircleci run a/b@1", None),
        ("make", None),
    ],
)
def test_a_function_of_circlecis_is_warned_of(command, function):
    """The command that finds it is in CircleCI's environments only."""
    for text in (f'{{run: "{command}"}}', f'{{run: {{command: "{command}"}}}}'):
        _, reported, warned = formed(text)
        assert reported == []
        hint = "a local run has no circleci run NAMESPACE/NAME@VERSION, so the step fails"
        message = f"the function {function} is run by CircleCI only"
        assert warned == ([at(text, '"', message, hint)] if function else [])


def test_what_was_reported_before_is_not_reported_again():
    diagnostics = Diagnostics(FILE)
    for name in REQUIRED_KEYS:
        key = Scalar(name, FILE, 1, 1)
        assert plain(normal_form(name, key, BROKEN, key, diagnostics)) == {name: None}
    for body in ("{command: c, when: a}", "{command: c, max_auto_reruns: a, auto_rerun_delay: a}"):
        step = map_node(body)
        for entry in list(step.entries):
            step.entries[entry] = (step.entries[entry][0], BROKEN)
        normal_form("run", Scalar("run", FILE, 1, 1), step, step, diagnostics)
    assert problems(diagnostics) == warnings(diagnostics) == []
