"""What can be asked for after ``--``, and where its defaults come from."""

import pytest

from ci.errors import Position, UsageError
from ci.options.given import parse_run
from ci.options.permissions import Pass
from ci.options.settings import ProjectSettings
from ci.options.table import Options


def parse(*argv, settings=None, **environ):
    return parse_run(argv, settings or ProjectSettings(), environ)


def test_nothing_asked_for_means_all_jobs_one_after_another_on_the_engine_that_fits():
    assert parse() == Options()


def test_the_old_scripts_short_options_work():
    options = parse("-j", "modelarchiver", "-e", "py3", "-e", "py36")
    assert (options.jobs, options.executors) == (("modelarchiver",), ("py3", "py36"))


def test_several_jobs_can_be_asked_for():
    assert parse("-j", "build", "--job", "lint").jobs == ("build", "lint")


def test_podman_is_no_engine_of_its_own_and_the_error_says_whose():
    with pytest.raises(UsageError, match="Podman is used by the engine docker"):
        parse("--engine", "podman")


@pytest.mark.parametrize(
    ("argv", "width"), [([], 1), (["--parallel"], 0), (["--parallel", "3"], 3), (["--parallel=2"], 2)]
)
def test_parallel_without_a_number_is_as_wide_as_the_graph(argv, width):
    assert parse(*argv).parallel == width


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_parallel_takes_a_number_from_one_up(value):
    with pytest.raises(UsageError, match="--parallel"):
        parse(f"--parallel={value}")


def test_an_unknown_option_is_an_error_with_the_nearest_one():
    with pytest.raises(UsageError, match=r"unknown option '--paralel'.*'--parallel'"):
        parse("--paralel")


def test_a_stray_word_is_an_error():
    with pytest.raises(UsageError, match="unknown argument 'modelarchiver'"):
        parse("modelarchiver")


def test_the_engines_are_all_named_from_the_first_day():
    with pytest.raises(UsageError, match=r"auto.*circleci.*docker.*host"):
        parse("--engine", "lxc")


def test_an_option_is_not_abbreviated():
    with pytest.raises(UsageError, match="--dry"):
        parse("--dry")


def test_the_command_line_wins_over_variables_and_these_over_the_projects_settings():
    settings = ProjectSettings(options=(("pull", "never"), ("parallel", "2")))
    assert parse(settings=settings).pull == "never"
    assert parse(settings=settings, NOX_CIRCLECI_PULL="always").pull == "always"
    assert parse("--pull", "missing", settings=settings, NOX_CIRCLECI_PULL="always").pull == "missing"
    assert parse(settings=settings).parallel == 2
    assert parse(settings=settings, NOX_CIRCLECI_PARALLEL="true").parallel == 0
    assert parse(NOX_CIRCLECI_FAIL_FAST="1").fail_fast
    assert [parse().tty, parse("--tty").tty, parse(NOX_CIRCLECI_TTY="1").tty] == [False, True, True]
    assert parse(settings=ProjectSettings(options=(("tty", "true"),))).tty
    assert parse(NOX_CIRCLECI_PASS_ENV="A,B C").passes == tuple(Pass(name, "NOX_CIRCLECI_PASS_ENV") for name in "ABC")


def test_isolation_and_shared_folders_come_from_all_layers(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    own = ProjectSettings(options=(("share", "~/models"), ("share", "/opt/data/"), ("isolation", "folder")))
    settings = ProjectSettings(user=own)
    assert parse(settings=settings).isolation == "folder"
    assert parse(settings=settings, NOX_CIRCLECI_ISOLATION="namespace").isolation == "namespace"
    assert parse("--isolation", "auto", settings=settings, NOX_CIRCLECI_ISOLATION="namespace").isolation == "auto"
    assert parse("--share", "/a", "--share=/a/../b", NOX_CIRCLECI_SHARE="/c:/a").share == ("/c", "/a", "/b")
    assert parse(settings=settings).share == (f"{tmp_path}/models", "/opt/data")


def test_a_projects_settings_are_stronger_than_the_users_own_where_they_take_nothing():
    user = ProjectSettings(options=(("pull", "never"), ("parallel", "3"), ("fail-fast", "true")))
    project = ProjectSettings(options=(("pull", "always"), ("fail-fast", "false")), user=user)
    options = parse(settings=project)
    assert (options.pull, options.parallel, options.fail_fast) == ("always", 3, False)
    assert options.permissions == ()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (ProjectSettings(options=(("engine", "lxc"),), places=(("engine", Position("pyproject.toml", 7, 1)),)),
         "pyproject.toml:7:1: engine: invalid choice: 'lxc'"),
        (
            ProjectSettings(user=ProjectSettings(options=(("parallel", "many"),))),
            "parallel: 'many' is not a whole number",
        ),
        (ProjectSettings(options=(("fail-fast", "maybe"),)), "fail-fast: 'maybe' is neither true nor false"),
        (ProjectSettings(options=(("share", "models"),)), "share: 'models' is not an absolute folder"),
    ],
)  # fmt: skip
def test_a_wrong_value_in_a_settings_file_is_an_error_at_its_place(settings, message):
    with pytest.raises(UsageError) as caught:
        parse(settings=settings)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("folder", ["models", ".", "", "~no-such-user/x", "/a\0b"])
def test_a_shared_folder_is_absolute_or_below_a_home(folder):
    with pytest.raises(UsageError, match=r"--share: .* is not an absolute folder"):
        parse("--share", folder)


def test_a_wrong_value_in_a_variable_is_an_error_too():
    with pytest.raises(UsageError, match=r"^NOX_CIRCLECI_ENGINE: invalid choice: 'lxc'"):
        parse(NOX_CIRCLECI_ENGINE="lxc")


def test_help_lists_every_option(capsys):
    with pytest.raises(SystemExit) as left:
        parse("--help")
    assert left.value.code == 0
    text = capsys.readouterr().out
    for option in (
        "--job",
        "--executor",
        "--engine",
        "--parallel",
        "--dry-run",
        "--no-parents",
        "--fail-fast",
        "--pull",
        "--param",
        "--branch",
        "--tag",
        "--approve",
        "--env",
        "--env-file",
        "--pass-env",
        "--json",
    ):
        assert option in text
