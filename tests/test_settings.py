"""``[tool.nox-circleci]`` in a project's pyproject.toml."""

import pytest

from ci.errors import UsageError
from ci.settings import ProjectSettings, read_settings


def read(folder, text):
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return read_settings(folder)


def test_a_project_without_settings_has_the_defaults(tmp_path):
    assert read_settings(tmp_path) == ProjectSettings()
    assert read(tmp_path, "[tool.other]\nx = 1\n") == ProjectSettings()


def test_every_setting_is_read(tmp_path):
    settings = read(
        tmp_path,
        '[tool.nox-circleci]\npython-from = "PYTHON_VERSION"\npass-env = ["A", "B"]\npass-folder = ["C"]\n'
        'share = ["~/models"]\n'
        "parallel = 2\nfail-fast = true\n",
    )
    assert settings.python_from == "PYTHON_VERSION"
    assert settings.pass_env == ("A", "B")
    assert settings.pass_folder == ("C",)
    assert settings.share == ("~/models",)
    assert settings.options == (("parallel", "2"), ("fail-fast", "true"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[tool.nox-circleci]\npython-form = "X"\n', "no setting 'python-form'.*'python-from'"),
        ("[tool.nox-circleci]\npass-env = [1]\n", "pass-env must be a list of strings"),
        ("[tool.nox-circleci]\npython-from = 3\n", "python-from must be a string"),
        ("[tool.nox-circleci\n", "pyproject.toml: "),
        ("[tool]\nnox-circleci = 3\n", "must be a table"),
    ],
)
def test_what_is_no_setting_is_an_error(tmp_path, text, message):
    with pytest.raises(UsageError, match=f"(?s){message}"):
        read(tmp_path, text)
