"""Steps: commands replaced by their steps, conditions decided, steps parameters spliced in; arguments and executors.

https://circleci.com/docs/reference/reusing-config/#authoring-reusable-commands, #defining-conditional-steps,
#parameter-types: an argument is made where it is written, a default where it is declared.
"""

import pytest

from ci.compiler.define import define
from ci.compiler.definitions import BROKEN, Definitions, ExecutorChoice, Steps
from ci.compiler.expand import choose, expand
from ci.errors import ConfigError
from ci.source.load import load

from .snippets import at, map_node, node, plain, problems, scope

COMMANDS = """
commands:
  two: {steps: [{run: one}, {run: two}]}
  nested: {steps: [two, checkout]}
  greet:
    parameters: {who: {type: string, default: world}, loud: {type: boolean, default: false}}
    steps:
      - run: hello << parameters.who >>
      - when: {condition: << parameters.loud >>, steps: [{run: HELLO}]}
  named: {parameters: {who: {type: string}}, steps: [{greet: {who: << parameters.who >>}}]}
  around:
    parameters: {inner: {type: steps, default: []}}
    steps: [{run: before}, {steps: << parameters.inner >>}, {run: after}]
  checkout: {steps: [checkout, {run: own checkout}]}
  loop: {steps: [again]}
  again: {steps: [loop]}
  not-inherited: {steps: [{run: << parameters.who >>}]}
  inherits: {parameters: {who: {type: string}}, steps: [not-inherited]}
executors:
  e: {machine: true}
"""


def commands(parameters=None):
    place = scope(parameters=parameters or {})
    define(load(COMMANDS, "commands.yml"), place.definitions, place.compilation.diagnostics)
    orb = place.definitions.orbs["o"] = Definitions("o")
    define(map_node("{commands: {greet: {steps: [run: orb]}}}"), orb, place.compilation.diagnostics)
    return place


def steps(text, parameters=None):
    """Return the flat steps; nothing may be reported."""
    place = commands(parameters)
    found = expand(node(text), place)
    assert problems(place) == []
    return [plain(each) for each in found]


def reported(text, parameters=None):
    place = commands(parameters)
    expand(node(text), place)
    return problems(place)


def run(*texts):
    return [{"run": {"command": text}} for text in texts]


OWN_CHECKOUT = ["checkout", *run("own checkout")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", []),
        ("[setup_remote_docker]", ["setup_remote_docker"]),
        ("[run: make]", run("make")),
        ("[two]", run("one", "two")),
        ("[two: null]", run("one", "two")),
        ("[two: {}]", run("one", "two")),
        ("[run: a, two, run: b]", run("a", "one", "two", "b")),
        ("[nested]", [*run("one", "two"), *OWN_CHECKOUT]),
        ("[o/greet]", run("orb")),
        ("[greet]", run("hello world")),
        ("[greet: {who: you}]", run("hello you")),
        ("[greet: {who: null}]", run("hello world")),
        ("[greet: {who: ''}]", run("hello ")),
        ("[greet: {loud: true}]", run("hello world", "HELLO")),
        ("[named: {who: me}]", run("hello me")),
        ("[greet: {who: << parameters.word >>}]", run("hello mine")),
        ("[around]", run("before", "after")),
        ("[around: {inner: [two, run: x]}]", run("before", "one", "two", "x", "after")),
        ("[around: {inner: [around: {inner: [run: x]}]}]", run("before", "before", "x", "after", "after")),
        ("[around: {inner: [run: << parameters.word >>]}]", run("before", "mine", "after")),
        ("[around: {inner: [when: {condition: << parameters.word >>, steps: [run: x]}]}]", run("before", "x", "after")),
        ("[steps: [run: a, two]]", run("a", "one", "two")),
        ("[steps: << parameters.given >>]", run("given")),
        ("[<< parameters.given >>]", run("given")),
        ("[<< parameters.name >>]", run("one", "two")),
        ("<< parameters.given >>", run("given")),
        ("null", []),
    ],
)
def test_a_command_is_replaced_by_its_steps_and_a_list_is_spliced_in(text, expected):
    given = Steps([node("{run: {command: given}}")], node("a").position)
    assert steps(text, {"word": "mine", "name": "two", "given": given}) == expected


def test_a_command_with_the_name_of_a_built_in_step_replaces_it_but_in_its_own_body():
    assert steps("[checkout]") == OWN_CHECKOUT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[when: {condition: true, steps: [run: a]}]", run("a")),
        ("[when: {condition: false, steps: [run: a]}]", []),
        ("[when: {condition: '', steps: [run: a]}]", []),
        ("[when: {condition: 'false', steps: [run: a]}]", run("a")),
        ("[when: {condition: 0, steps: [run: a]}]", []),
        ("[when: {condition: null, steps: [run: a]}]", []),
        ("[unless: {condition: true, steps: [run: a]}]", []),
        ("[unless: {condition: false, steps: [run: a, two]}]", run("a", "one", "two")),
        ("[when: {condition: {not: true}, steps: [run: a]}]", []),
        ("[when: {condition: true, steps: [unless: {condition: false, steps: [run: a]}]}]", run("a")),
        ("[when: {condition: true, steps: []}]", []),
        ("[when: {condition: true, steps: two}]", run("one", "two")),
        ("[when: {condition: true, steps: {run: a}}]", run("a")),
        ("[when: {condition: true, steps: << parameters.given >>}]", run("given")),
    ],
)
def test_a_condition_leaves_its_steps_or_nothing(text, expected):
    assert steps(text, {"given": Steps([node("{run: {command: given}}")], node("a").position)}) == expected


def test_the_steps_of_a_condition_that_does_not_hold_are_not_looked_at():
    assert steps("[when: {condition: false, steps: [nothing-such]}]") == []


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("[[a]]", "[a]", "a step is a name or a map, not a list"),
        ("[7]", "7", "a step is a name or a map (put a name like this in quotes)"),
        ("[null]", "null", "a step is a name or a map (put a name like this in quotes)"),
        ("[{}]", "{}", "a step has exactly one key, this one has: none (write the step's name)"),
        (
            "[{run: a, name: b}]",
            "{run",
            "a step has exactly one key, this one has: run, name"
            " (indent what belongs to the step further than its name)",
        ),
        ("[{two: a}]", "a}", "the arguments of command 'two' must be a map"),
        ("[greet: {hwo: you}]", "hwo", "Unexpected argument(s): hwo (did you mean 'who'?)"),
        ("[two: {a: 1}]", "a: 1", "Unexpected argument(s): a (command 'two' has no parameters)"),
        (
            "[greet: {x: 1, y: 2}]",
            "x: 1",
            "Unexpected argument(s): x, y (command 'greet' has the parameters loud, who)",
        ),
        ("[named]", "named", "Missing required argument(s): who (command 'named' declares it without a default)"),
        (
            "[greet: {who: 7}]",
            "7",
            "Type error for argument who: expected type: string, actual value: 7 (type integer) (put it in quotes)",
        ),
        (
            "[greet: {loud: 'true'}]",
            "'true'",
            'Type error for argument loud: expected type: boolean, actual value: "true" (type string)',
        ),
        (
            "[when: {steps: [checkout]}]",
            "when",
            "required key [condition] not found in step when (it needs condition and steps)",
        ),
        (
            "[unless: {condition: true}]",
            "unless",
            "required key [steps] not found in step unless (it needs condition and steps)",
        ),
        ("[when: a]", "when", "required key [condition] not found in step when (it needs condition and steps)"),
        (
            "[when: {condition: true, steps: [], else: []}]",
            "else",
            "extraneous key [else] is not permitted in step when",
        ),
        ("[loop]", None, "command 'loop' calls itself: loop -> again -> loop (break the chain)"),
        ("[steps: 7]", "7", "steps must be a list of steps"),
        ("a", "a", "steps must be a list of steps"),
        ("[grete]", "grete", "Cannot find a definition for command named grete (did you mean 'greet'?)"),
        ("[o/two]", "o/two", "Cannot find a definition for command named o/two (there are: o/greet)"),
        ("[p/two]", "p/two", "Cannot find orb 'p' looking for command named 'p/two' (declare the orb 'p' under orbs:)"),
    ],
)
def test_what_is_wrong_with_a_step_is_reported(text, piece, message):
    [found] = reported(text)
    assert found == at(text, piece, message) if piece else found.partition(": ")[2] == message


def test_parameters_of_the_caller_are_not_inherited():
    [found] = reported("[inherits: {who: you}]")
    assert "Arguments referenced without declared parameters: parameters.who" in found


def test_a_step_argument_is_made_once_and_shared():
    place = commands()
    first, second = expand(node("[two, two]"), place)[::2]
    assert first is second


def test_commands_call_each_other_100_deep():
    def chain(count):
        bodies = ", ".join(f"c{n}: {{steps: [c{n + 1}]}}" for n in range(count - 1))
        place = scope()
        root = load(f"commands: {{{bodies}, c{count - 1}: {{steps: [run: end]}}}}", "c.yml")
        define(root, place.definitions, place.compilation.diagnostics)
        return expand(node("[c0]"), place)

    assert [plain(each) for each in chain(100)] == run("end")
    with pytest.raises(ConfigError, match="commands call each other more than 100 deep"):
        chain(101)


def test_the_steps_that_a_config_expands_to_are_counted_for_every_use():
    place = commands()
    place.compilation.budget.steps = 5
    expand(node("[two, two]"), place)
    with pytest.raises(ConfigError, match="the config expands to more than"):
        expand(node("[two]"), place)


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("e", "e", {}),
        ("{name: e}", "e", {}),
        ("{name: e, tag: x, n: 7}", "e", {"tag": "x", "n": 7}),
        ("<< parameters.word >>", "mine", {}),
        ("{name: << parameters.word >>, tag: << parameters.word >>}", "mine", {"tag": "mine"}),
        ("<< parameters.chosen >>", "c", {}),
        ("{name: << parameters.chosen >>, tag: x}", "c", {"tag": "x"}),
        ("<< parameters.map >>", "m", {"t": 1}),
    ],
)
def test_an_executor_is_a_name_or_a_map_with_a_name_and_arguments(text, name, arguments):
    chosen = ExecutorChoice("c", {}, Definitions(), node("a").position)
    place = commands({"word": "mine", "chosen": chosen, "map": "{name: m, t: 1}"})
    found = choose(node(text), place)
    assert problems(place) == []
    assert (found.name, {key: plain(value) for key, (_, value) in found.arguments.items()}) == (name, arguments)


def test_an_executor_is_looked_up_where_it_was_written():
    elsewhere = Definitions("elsewhere")
    chosen = ExecutorChoice("c", {}, elsewhere, node("a").position)
    place = commands({"chosen": chosen})
    assert choose(node("{name: << parameters.chosen >>}"), place).definitions is elsewhere
    assert choose(node("e"), place).definitions is place.definitions


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("7", "7", "Unexpected executor invocation format (write its name, or a map with name and arguments)"),
        ("[e]", "[e]", "Unexpected executor invocation format (write its name, or a map with name and arguments)"),
        ("null", "null", "Unexpected executor invocation format (write its name, or a map with name and arguments)"),
        ("{tag: x}", "{tag", "Unexpected executor invocation format (the map needs a name)"),
        ("{name: 7}", "7", "The value of `name` must be a string"),
        ("{name: [e]}", "[e]", "The value of `name` must be a string"),
    ],
)
def test_any_other_executor_is_refused(text, piece, message):
    place = commands()
    assert choose(node(text), place) is None
    assert problems(place) == [at(text, piece, message)]


def test_what_was_reported_before_is_not_reported_again():
    place = commands({"x": BROKEN})
    assert choose(node("<< parameters.x >>"), place) is None
    assert choose(node("{name: << parameters.x >>}"), place) is None
    for text in ("[<< parameters.x >>]", "<< parameters.x >>", "[greet: {who: << parameters.x >>}]"):
        expand(node(text), place)
    assert problems(place) == []
