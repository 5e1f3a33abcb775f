"""What a project's settings file asks for, and what of it needs the user's consent."""

import pytest

from ci.options.given import parse_run
from ci.options.permissions import Pass, Permission
from ci.options.settings import ProjectSettings
from ci.trust.consent import granted


def parse(settings, *argv, **environ):
    return parse_run(argv, settings, environ)


def project(*options, user=None, pass_env=(), share=(), **lists):
    items = (*(("pass-env", name) for name in pass_env), *(("share", folder) for folder in share))
    return ProjectSettings(options=(*options, *items), user=user, **lists)


def own(*options, **lists):
    return project(*options, **lists)


def asked(options):
    return [(each.key, each.value) for each in options.permissions if each.present]


@pytest.mark.parametrize(
    ("option", "field", "default"),
    [
        (("engine", "host"), "engine", "auto"),
        (("engine", "circleci"), "engine", "auto"),
        (("isolation", "folder"), "isolation", "auto"),
        (("machine", "host"), "machine", ""),
        (("allow-docker", "true"), "allow_docker", False),
        (("ssh-agent", "true"), "ssh_agent", False),
    ],
)
def test_a_way_out_of_containers_is_asked_for_and_not_taken(option, field, default):
    options = parse(project(option))
    assert getattr(options, field) == default
    assert asked(options) == [option]


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        (("engine", "docker"), "engine", "docker"),
        (("engine", "auto"), "engine", "auto"),
        (("isolation", "namespace"), "isolation", "namespace"),
        (("allow-docker", "false"), "allow_docker", False),
        (("parallel", "2"), "parallel", 2),
        (("pull", "always"), "pull", "always"),
        (("platform", "linux/arm64"), "platform", "linux/arm64"),
        (("fail-fast", "true"), "fail_fast", True),
    ],
)
def test_what_takes_nothing_counts_unasked(option, field, value):
    options = parse(project(option))
    assert getattr(options, field) == value
    assert options.permissions == ()


@pytest.mark.parametrize(
    "options",
    [
        parse(project(("engine", "host")), "--engine", "docker"),
        parse(project(("engine", "host")), NOX_CIRCLECI_ENGINE="docker"),
        parse(project(("engine", "host"), user=own(("engine", "host")))),
        parse(project(("allow-docker", "true")), NOX_CIRCLECI_ALLOW_DOCKER="0"),
        parse(project(pass_env=("A",)), "--pass-env", "A", A="1"),
        parse(project(pass_env=("A",)), NOX_CIRCLECI_PASS_ENV="A", A="1"),
        parse(project(pass_env=("A",), user=own(pass_env=("A",))), A="1"),
        parse(project(pass_folder=("A",), user=own(pass_folder=("A",))), A="1"),
        parse(project(share=("/usr",)), "--share", "/usr"),
        parse(project(share=("/usr",), user=own(share=("/usr/",)))),
    ],
)
def test_what_the_user_has_decided_is_not_asked_again(options):
    assert options.permissions == ()


def test_a_project_that_loosens_what_the_user_has_set_asks():
    options = parse(project(("engine", "auto"), ("isolation", "auto"),
                            user=own(("engine", "docker"), ("isolation", "namespace"))))  # fmt: skip
    assert (options.engine, options.isolation) == ("docker", "namespace")
    assert asked(options) == [("engine", "auto"), ("isolation", "auto")]


def test_only_what_is_set_here_is_asked_for(tmp_path):
    settings = project(pass_env=("SET", "UNSET"), pass_folder=("THERE", "GONE"), share=(str(tmp_path), "/no/such"))
    options = parse(settings, SET="1", THERE="/x")
    assert asked(options) == [("pass-env", "SET"), ("pass-folder", "THERE"), ("share", str(tmp_path))]
    assert options.passes == ()
    assert options.share == ()
    assert Permission("pass-env", "UNSET") in options.permissions


def test_what_never_passes_is_not_asked_for():
    names = ("CIRCLE_TOKEN", "SSH_AUTH_SOCK", "CIRCLECI_CLI_TOKEN")
    assert parse(project(pass_env=names), **dict.fromkeys(names, "x")).permissions == ()


def test_a_folder_behind_a_variable_is_more_than_its_value():
    options = parse(project(pass_folder=("A",), user=own(pass_env=("A",))), A="/x")
    assert asked(options) == [("pass-folder", "A")]


def test_a_shared_folder_is_asked_for_by_what_it_is(tmp_path):
    (tmp_path / "harmless").symlink_to("/usr")
    assert asked(parse(project(share=(str(tmp_path / "harmless"),)))) == [("share", "/usr")]


def test_each_variable_passes_once_with_who_asked_for_it():
    user = own(pass_env=("A", "B", "C"), pass_folder=("D",))
    options = parse(project(user=user), "--pass-env", "A", NOX_CIRCLECI_PASS_ENV="A,B,E")
    assert {each.name: each for each in options.passes} == {
        "A": Pass("A", "--pass-env"),
        "B": Pass("B", "NOX_CIRCLECI_PASS_ENV"),
        "C": Pass("C", "your settings"),
        "D": Pass("D", "your settings", folder=True),
        "E": Pass("E", "NOX_CIRCLECI_PASS_ENV"),
    }
    assert len(options.passes) == 5


def test_a_value_is_shown_without_control_sequences():
    assert str(Permission("share", "/a\x1b[2J\nb")) == r"share = /a\x1b[2J\nb"


@pytest.mark.parametrize(
    ("option", "field", "default"),
    [
        (("env", "TOKEN"), "env", ()),
        (("env-file", "/home/me/secrets.env"), "env_files", ()),
        (("approve", "all"), "approve", ()),
        (("yes", "true"), "yes", False),
        (("pipeline-parameters", "/home/me/secrets.yml"), "pipeline_parameters", ""),
    ],
)
def test_what_is_a_persons_to_give_is_asked_for_and_not_taken(option, field, default):
    options = parse(project(option))
    assert getattr(options, field) == default
    assert asked(options) == [option]


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        (("job", "build"), "jobs", ("build",)),
        (("executor", "py3"), "executors", ("py3",)),
        (("param", "a=b"), "params", ("a=b",)),
        (("branch", "main"), "branch", "main"),
        (("no-parents", "true"), "parents", False),
        (("no-host-ca", "true"), "host_ca", False),
        (("dry-run", "true"), "dry_run", True),
        (("pause", "true"), "pause", True),
        (("verbose", "true"), "verbose", True),
        (("strict", "true"), "strict", True),
        (("keep", "true"), "keep", True),
    ],
)
def test_a_default_that_hands_over_nothing_counts_unasked(option, field, value):
    options = parse(project(option))
    assert (getattr(options, field), options.permissions) == (value, ())


def test_what_the_user_types_is_stronger_than_a_default():
    defaults = project(("job", "build"), ("param", "a=1"), ("tag", "v1"), ("no-parents", "true"))
    options = parse(defaults, "-j", "test", "--param", "a=2", "--branch", "main")
    assert (options.jobs, options.params) == (("test",), ("a=1", "a=2"))
    assert (options.branch, options.tag, options.parents) == ("main", None, False)


def test_a_consented_variable_is_weaker_than_the_users_own():
    options = parse(project(("env", "A=theirs")), "--env", "A=mine")
    assert granted(options, options.permissions).env == ("A=theirs", "A=mine")
