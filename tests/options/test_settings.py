"""Settings files: ``[tool.nox-circleci]`` in a project's pyproject.toml, and the user's own config.toml."""

from pathlib import Path

import pytest

from ci.errors import UsageError
from ci.options.settings import ProjectSettings, read_settings, user_file


def read(folder, text):
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return read_settings(folder, {})


def test_a_project_without_settings_has_the_defaults(tmp_path):
    assert read_settings(tmp_path, {}) == ProjectSettings()
    assert read(tmp_path, "[tool.other]\nx = 1\n") == ProjectSettings()


def test_every_setting_is_read(tmp_path):
    settings = read(
        tmp_path,
        '[tool.nox-circleci]\npython-from = "PYTHON_VERSION"\npass-env = ["A", "B"]\npass-folder = ["C"]\n'
        'share = ["~/models"]\n'
        "parallel = 2\nfail-fast = true\n",
    )
    assert settings.python_from == "PYTHON_VERSION"
    assert settings.pass_folder == ("C",)
    assert sorted(settings.options) == [
        ("fail-fast", "true"),
        ("parallel", "2"),
        ("pass-env", "A"),
        ("pass-env", "B"),
        ("share", "~/models"),
    ]


WRONG = [
    ('python-form = "X"\n', "{file}:{line}:1: {table}there is no setting 'python-form'", "Did you mean 'python-from'?"),
    ("pass-env = [1]\n", "{file}:{line}:1: {table}pass-env must be a list of strings", ""),
    ("python-from = 3\n", "{file}:{line}:1: {table}python-from must be a string", ""),
    ("engine = [1]\n", "{file}:{line}:1: {table}engine must be a string, a number, true or false", ""),
    ("images = {py3 = 3}\n", "{file}:{line}:1: {table}images must be a table of strings", ""),
    ("a = = 1\n", "{file}:{line}:5: not TOML: Invalid value", ""),
    ("a = 2021-02-30\n", "{file}:{line}:5: not TOML: Invalid date or datetime", ""),
    ("[b", "{file}:{line}:3: not TOML: Expected ']'", ""),
    (f"a = {'[' * 9000}", "{file}: too deeply nested", ""),
]


@pytest.mark.parametrize(("text", "message", "hint"), WRONG)
def test_what_is_wrong_in_pyproject_is_an_error_with_its_line(tmp_path, text, message, hint):
    with pytest.raises(UsageError) as caught:
        read(tmp_path, f"[tool.nox-circleci]\n{text}")
    shown = message.format(file="pyproject.toml", line=2, table="[tool.nox-circleci] ")
    assert str(caught.value).startswith(shown)
    assert hint in str(caught.value)


@pytest.mark.parametrize(("text", "message", "hint"), WRONG)
def test_what_is_wrong_in_the_users_settings_is_an_error_with_its_line(user, text, message, hint):
    user.write_text(f"# mine\n{text}", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_settings(user.parent, environment(user))
    assert str(caught.value).startswith(message.format(file=user, line=2, table=""))
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[tool.nox-circleci]\nnope.x = 1\n", 2),
        ("[tool]\nnox-circleci.nope = 1\n", 2),
        ("[other]\nnope = 1\n[tool.nox-circleci.nope]\nx = 1\n", 3),
        ('[tool.nox-circleci]\n"nope" = 1\n', 2),
    ],
)
def test_a_key_is_found_however_it_is_written(tmp_path, text, line):
    with pytest.raises(UsageError, match=rf"^pyproject.toml:{line}:"):
        read(tmp_path, text)


def test_a_table_that_is_none_is_an_error(tmp_path):
    with pytest.raises(UsageError, match=r"^pyproject.toml:2:1: tool.nox-circleci must be a table"):
        read(tmp_path, "[tool]\nnox-circleci = 3\n")


def test_all_unknown_settings_are_reported_at_once(tmp_path):
    with pytest.raises(UsageError) as caught:
        read(tmp_path, "[tool.nox-circleci]\na1 = 1\nb1 = 2\n")
    assert len(caught.value.problems) == 2


def test_a_file_that_is_not_utf_8_is_an_error_with_its_place(tmp_path, user):
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.nox-circleci]\n# caf\xe9\n")
    with pytest.raises(UsageError, match=r"^pyproject.toml:2:6: not UTF-8"):
        read_settings(tmp_path, {})
    user.write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"config.toml:1:1: not UTF-8"):
        read_settings(user.parent, environment(user))


def test_a_pyproject_of_others_alone_is_not_looked_into(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"\xff [")
    assert read_settings(tmp_path, {}) == ProjectSettings()


def test_a_folder_in_the_place_of_a_file_is_an_error(tmp_path, user):
    (tmp_path / "pyproject.toml").mkdir()
    with pytest.raises(UsageError, match=r"^pyproject.toml is a folder, not a file"):
        read_settings(tmp_path, {})
    user.mkdir()
    with pytest.raises(UsageError, match=r"config.toml is a folder, not a file"):
        read_settings(user.parent, environment(user))


@pytest.fixture
def user(tmp_path):
    """The place of a user's own settings."""
    file = tmp_path / "config" / "nox-circleci" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


def environment(user):
    return {"XDG_CONFIG_HOME": str(user.parents[1])}


def test_the_users_settings_have_the_same_keys_and_stand_below_the_projects(tmp_path, user):
    user.write_text(
        'engine = "docker"\npass-env = ["MINE"]\npython-from = "USERS"\nmachine-image = "u:1"\n'
        '[images]\npy3 = "mine"\npy4 = "mine"\n'
    )
    (tmp_path / "pyproject.toml").write_text(
        '[tool.nox-circleci]\npass-env = ["P"]\npython-from = "PROJECTS"\nimages = {py3 = "its"}\n'
    )
    settings = read_settings(tmp_path, environment(user))
    assert (settings.python_from, settings.machine_image) == ("PROJECTS", "u:1")
    assert dict(settings.images) == {"py3": "its", "py4": "mine"}
    assert settings.options == (("pass-env", "P"),)
    assert sorted(settings.user.options) == [("engine", "docker"), ("pass-env", "MINE")]


def test_the_users_settings_are_in_the_folder_that_xdg_names_else_below_home(tmp_path):
    assert user_file({"HOME": "/home/me"}) == Path("/home/me/.config/nox-circleci/config.toml")
    assert user_file({"HOME": "/home/me", "XDG_CONFIG_HOME": "/c"}) == Path("/c/nox-circleci/config.toml")
    assert user_file({"HOME": "/home/me", "XDG_CONFIG_HOME": "c"}) == Path("/home/me/.config/nox-circleci/config.toml")
    assert user_file({}) is None
    assert read_settings(tmp_path, {}) == ProjectSettings()
