"""Executors: their keys filled with arguments, what they may have, the names by which ``-e`` finds a job.

https://circleci.com/docs/reference/configuration-reference/#executors: one of docker, machine and macos; the keys of an
image. https://circleci.com/docs/reference/reusing-config/#authoring-reusable-executors: arguments and defaults.
"""

import pytest

from ci.compiler.define import define
from ci.compiler.definitions import BROKEN
from ci.compiler.executors import check_environment, instantiate, lift_machine, names_of, warn_of_class
from ci.compiler.expand import choose

from .snippets import at, map_node, node, plain, problems, scope, warnings


def instantiated(executor, argument="e"):
    """Return the executor ``e`` as a job gets it, and what is reported of it."""
    place = scope()
    define(map_node(f"{{executors: {{e: {executor}}}}}"), place.definitions, place.compilation.diagnostics)
    choice = choose(node(argument), place)
    assert choice is not None
    return plain(instantiate(choice, place)), problems(place)


IMAGES = "docker: [{image: a}]"


@pytest.mark.parametrize(
    ("executor", "argument", "expected"),
    [
        (f"{{{IMAGES}}}", "e", {"docker": [{"image": "a"}]}),
        (f"{{description: d, {IMAGES}, shell: sh}}", "e", {"docker": [{"image": "a"}], "shell": "sh"}),
        ("{macos: {xcode: '15'}, resource_class: m}", "e", {"macos": {"xcode": "15"}, "resource_class": "m"}),
        ("{machine: true}", "e", {"machine": True}),
        (
            "{parameters: {v: {type: string, default: '1'}}, docker: [{image: a:<< parameters.v >>}]}",
            "e",
            {"docker": [{"image": "a:1"}]},
        ),
        (
            "{parameters: {v: {type: string, default: '1'}}, docker: [{image: a:<< parameters.v >>}]}",
            "{name: e, v: '2'}",
            {"docker": [{"image": "a:2"}]},
        ),
        (
            "{parameters: {d: {type: boolean}}, machine: {image: i, docker_layer_caching: << parameters.d >>}}",
            "{name: e, d: true}",
            {"machine": {"image": "i", "docker_layer_caching": True}},
        ),
        (
            f"{{{IMAGES}, environment: {{A: << pipeline.number >>}}}}",
            "e",
            {"docker": [{"image": "a"}], "environment": {"A": 7}},
        ),
    ],
)
def test_an_executor_is_its_keys_with_the_arguments_filled_in(executor, argument, expected):
    assert instantiated(executor, argument) == (expected, [])


def test_an_executor_of_that_name_and_those_arguments_is_made_once():
    place = scope()
    parameters = "parameters: {v: {type: string, default: a}}, docker: [{image: << parameters.v >>}]"
    define(map_node(f"{{executors: {{e: {{{parameters}}}}}}}"), place.definitions, place.compilation.diagnostics)
    first, again, other = (
        instantiate(choose(node(text), place), place) for text in ("e", "{name: e, v: a}", "{name: e, v: b}")
    )
    assert first is again
    assert other is not first


@pytest.mark.parametrize(
    ("executor", "message"),
    [
        ("{shell: sh}", "executor 'e' needs one of docker, machine or macos"),
        (f"{{{IMAGES}, machine: true}}", "executor 'e' has docker and machine (only one of them is allowed)"),
        ("{machine: true, macos: {}}", "executor 'e' has machine and macos (only one of them is allowed)"),
        (
            f"{{{IMAGES}, steps: []}}",
            "extraneous key [steps] is not permitted in executor 'e' (Permitted keys: docker, "
            "machine, macos, environment, working_directory, shell, resource_class, parameters, description)",
        ),
        ("{docker: []}", "docker in executor 'e' must be a list of images (for example [{image: cimg/base:stable}])"),
        ("{docker: a}", "docker in executor 'e' must be a list of images (for example [{image: cimg/base:stable}])"),
        ("{docker: [a]}", "an image in executor 'e' must be a map with the key image"),
        ("{docker: [{name: n}]}", "required key [image] not found in executor 'e'"),
        (
            "{docker: [{image: a, imgae: b}]}",
            "extraneous key [imgae] is not permitted in an image of executor 'e' "
            "(Permitted keys: image, name, entrypoint, command, user, environment, auth, aws_auth, gcp_auth)",
        ),
    ],
)
def test_a_wrong_executor_is_reported(executor, message):
    assert [each.partition(": ")[2] for each in instantiated(executor)[1]] == [message]


def test_an_unknown_executor_has_no_keys():
    place = scope()
    assert instantiate(choose(node("nothing"), place), place) is None
    assert [each.partition(" (")[0] for each in problems(place)] == [
        "1: Cannot find a definition for executor named nothing"
    ]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("{machine: {image: i, resource_class: large}}", {"resource_class": "large", "machine": {"image": "i"}}),
        ("{machine: {image: i, shell: sh}}", {"shell": "sh", "machine": {"image": "i"}}),
        ("{machine: {resource_class: large}}", {"resource_class": "large", "machine": True}),
        (
            "{machine: {image: i, resource_class: a}, resource_class: b}",
            {"resource_class": "b", "machine": {"image": "i"}},
        ),
        ("{machine: {image: i}}", {"machine": {"image": "i"}}),
        ("{machine: true, shell: sh}", {"machine": True, "shell": "sh"}),
        ("{docker: [{image: a}]}", {"docker": [{"image": "a"}]}),
    ],
)
def test_the_class_and_the_shell_of_a_machine_are_the_jobs_and_the_jobs_own_win(entries, expected):
    found = lift_machine(map_node(entries).entries)
    assert {key: value.plain for key, (_, value) in found.items()} == expected


def test_two_environments_are_reported_at_the_second():
    text = "{macos: {}, machine: true, docker: [{image: a}]}"
    place = scope()
    check_environment(map_node(text).entries, "job 'j'", place.compilation.diagnostics)
    message = "job 'j' has docker and machine and macos"
    assert problems(place) == [at(text, "machine", message, "only one of them is allowed")]


def test_an_image_that_was_reported_before_is_not_reported_again():
    place = scope()
    entries = map_node("{docker: [{image: a}]}").entries
    entries["docker"][1].items.append(BROKEN)
    check_environment(entries, "job 'j'", place.compilation.diagnostics)
    check_environment({"docker": (entries["docker"][0], BROKEN)}, "job 'j'", place.compilation.diagnostics)
    assert problems(place) == []


@pytest.mark.parametrize(
    ("entries", "warned"),
    [
        ("{macos: {}, resource_class: macos.m1.large.gen1}", True),
        ("{macos: {}, resource_class: macos.x86.medium.gen2}", True),
        ("{macos: {}, resource_class: m2pro.large}", True),
        ("{macos: {}, resource_class: m4pro.large}", False),
        ("{docker: [], resource_class: m2pro.large}", False),
        ("{macos: {}}", False),
    ],
)
def test_a_macs_class_that_circleci_has_removed_is_warned_of(entries, warned):
    """https://circleci.com/changelog/deprecation-of-mac-m1-and-m2-resource-classes/"""
    place = scope()
    warn_of_class(map_node(entries).entries, place.compilation.diagnostics)
    assert bool(warnings(place)) is warned


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ("{docker: [{image: a:1}, {image: b}]}", ("a:1", "docker")),
        ("{docker: [a, b]}", ("a", "docker")),
        ("{docker: []}", ("docker",)),
        ("{docker: [{name: n}]}", ("docker",)),
        ("{machine: true}", ("machine",)),
        ("{machine: ubuntu-2404:current}", ("ubuntu-2404:current", "machine")),
        ("{machine: {image: i}}", ("i", "machine")),
        ("{machine: {enabled: true}}", ("machine",)),
        ("{macos: {xcode: '15'}}", ("macos",)),
        ("{}", ()),
    ],
)
def test_a_job_is_found_by_its_executor_or_its_image_and_kind(entries, names):
    found = map_node(entries).entries
    assert names_of(None, found) == names
    choice = choose(node("py3"), scope())
    assert names_of(choice, found) == ("py3", *names)
    assert names_of(choose(node("docker"), scope()), map_node("{docker: []}").entries) == ("docker",)
