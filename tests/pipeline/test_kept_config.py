"""A compiled config is kept only as long as everything that it came from is the same, and is the same again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ci.errors import ConfigError
from ci.options.table import Options
from ci.orbs.lock_file import FILE, Lock, Locked, hash_of
from ci.pipeline import kept_config
from ci.pipeline.compile_project import compile_asked, compile_project
from ci.pipeline.kept_config import KEPT, LIBRARIES, STAMPED, Asked, ConfigChoice, find_kept, keep, package_stamp
from ci.pipeline.load_project import load_chosen, load_project
from ci.pipeline.loaded_config import LoadedConfig, loaded
from ci.project.project import Project as Found
from ci.project.project import find_project, read_config

from ..projects import ROOT, Project, make_project

PLAIN = """
    version: 2.1
    jobs: {a: {docker: [{image: a/b, environment: {A: b}}], steps: [checkout, {run: {command: make, when: always}}]}}
    workflows: {w: {jobs: [a, {hold: {type: approval, requires: [a]}}]}}
    """
FILTERED = """
    version: 2.1
    jobs: {a: {docker: [{image: a/b}], steps: [run: "echo << pipeline.git.branch >>"]}}
    workflows: {w: {jobs: [{a: {filters: {branches: {only: main}}}}]}}
    """
WITH_AN_ORB = """
    version: 2.1
    orbs: {box: me/box@1.0}
    jobs: {a: {docker: [{image: a/b}], steps: [box/c]}}
    workflows: {w: {jobs: [a]}}
    """
WITH_A_PARAMETER = """
    version: 2.1
    parameters: {word: {type: string, default: dull}}
    jobs: {a: {docker: [{image: a/b}], steps: [run: "echo << pipeline.parameters.word >>"]}}
    workflows: {w: {jobs: [a]}}
    """
WARNED = PLAIN.replace("version: 2.1", "version: 2.1\n    comands: {}")
UNUSABLE = PLAIN.replace("steps:", "parallelism: none, steps:")
WRONG = PLAIN.replace("[checkout,", "[check,")
DEFAULT = ConfigChoice()
CONFIG = ".circleci/config.yml"


@pytest.fixture(autouse=True)
def users_cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "cache" / "nox-circleci" / "configs"


@pytest.fixture
def made(tmp_path):
    return lambda config: make_project(tmp_path / "project", config)


def again(project: Project, config: str = "") -> Found:
    """The project, read anew: what git says is asked once for each."""
    return find_project(project.path, {}, config)


def kept(found: Found, choice: ConfigChoice = DEFAULT) -> LoadedConfig | None:
    return find_kept(found, choice, read_config(found))


def seen(load) -> object:
    """All that can be seen of a config, or of the error that it ends with."""
    try:
        config = load()
    except ConfigError as error:
        return str(error), error.warnings
    parts = ("sessions", "text", "unusable", "warnings", "missing", "chosen", "setup", "declared")
    return {name: getattr(config, name) for name in parts}, config.load()


def fresh(found: Found, choice: ConfigChoice = DEFAULT) -> LoadedConfig:
    return loaded(compile_asked(found, choice, read_config(found))[0], found.settings.python_from)


@pytest.mark.parametrize("config", [PLAIN, FILTERED, WARNED, UNUSABLE, WITH_AN_ORB, WITH_A_PARAMETER])
def test_what_is_kept_is_what_a_compile_comes_to(made, config):
    project = made(config)
    first = seen(lambda: load_chosen(again(project), DEFAULT))
    found = kept(again(project))
    assert found is not None
    assert seen(lambda: found) == first == seen(lambda: fresh(again(project)))


def test_what_no_runtime_could_use_is_the_same_error_again(made):
    project = made(UNUSABLE)
    errors = []
    for _ in range(2):
        with pytest.raises(ConfigError) as raised:
            load_chosen(again(project), DEFAULT).workflows()
        errors.append(str(raised.value))
    assert errors[0] == errors[1]
    assert ".circleci/config.yml:" in errors[0]


def test_an_error_is_not_kept(made, users_cache):
    project = made(WRONG)
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"config\.yml:\d+:\d+:"):
            load_chosen(again(project), DEFAULT)
    assert not users_cache.exists()


def change_text(project: Project) -> Found:
    project.write(CONFIG, PLAIN.replace("make", "make all"))
    return again(project)


def change_branch(project: Project) -> Found:
    project.git("checkout", "-qb", "topic")
    return again(project)


def change_tag(project: Project) -> Found:
    project.git("checkout", "-q", "--detach")
    project.git("tag", "v1")
    return again(project)


def change_setting(project: Project) -> Found:
    project.write("pyproject.toml", '[tool.nox-circleci]\npython-from = "A"\n')
    return again(project)


def change_name(project: Project) -> Found:
    shutil.copy(project.path / ".circleci" / "config.yml", project.path / "other.yml")
    return find_project(project.path, {}, "other.yml")


@pytest.mark.parametrize("change", [change_text, change_branch, change_tag, change_setting, change_name])
def test_a_change_of_what_it_came_from_compiles_it_again(made, change):
    project = made(FILTERED)
    load_chosen(again(project), DEFAULT)
    assert kept(again(project)) is not None
    assert kept(change(project)) is None


def test_a_commit_that_the_compiler_does_not_ask_about_changes_nothing(made):
    project = made(PLAIN)
    load_chosen(again(project), DEFAULT)
    project.write("file", "")
    project.commit("another")
    assert kept(again(project)) is not None


@pytest.mark.parametrize(
    "choice",
    [ConfigChoice(branch="topic"), ConfigChoice(tag="v1"), ConfigChoice(classic=True), ConfigChoice(strict=True)],
    ids=repr,
)
def test_another_choice_is_another_config(made, choice):
    project = made(FILTERED)
    load_chosen(again(project), DEFAULT)
    assert kept(again(project), choice) is None
    load_chosen(again(project), choice)
    assert seen(lambda: kept(again(project), choice)) == seen(lambda: fresh(again(project), choice))
    assert seen(lambda: kept(again(project))) == seen(lambda: fresh(again(project)))


ORB = "version: 2.1\ncommands: {c: {steps: [run: echo one]}}\n"
LOCAL = ".circleci/orbs/me/box@1.0.0.yml"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (LOCAL, ORB.replace("one", "two")),
        (".circleci/orbs/me/box@1.0.1.yml", ORB),
        (LOCAL, "version: 2.1\ncommands: ]\n"),
        (LOCAL, None),
    ],
    ids=["its text", "a newer version", "it is damaged", "it is gone"],
)
def test_an_orb_that_changes_compiles_it_again(made, file, text):
    project = made(WITH_AN_ORB)
    project.write(LOCAL, ORB)
    load_chosen(again(project), DEFAULT)
    assert kept(again(project)) is not None
    if text is None:
        (project.path / file).unlink()
    else:
        project.write(file, text)
    assert kept(again(project)) is None


def test_an_orb_that_comes_compiles_it_again_from_the_users_folder_too(made, tmp_path):
    project = made(WITH_AN_ORB)
    assert load_chosen(again(project), DEFAULT).missing
    assert kept(again(project)) is not None
    place = tmp_path / "home" / LOCAL
    place.parent.mkdir(parents=True)
    place.write_text(ORB)
    assert kept(again(project)) is None


def test_a_lock_that_comes_compiles_it_again(made, tmp_path):
    project = made(WITH_AN_ORB)
    project.write(LOCAL, ORB)
    project.write(".circleci/orbs/me/box@1.0.1.yml", ORB.replace("one", "two"))
    assert "two" in load_chosen(again(project), DEFAULT).text
    assert kept(again(project)) is not None
    lock = Lock({"me/box@1.0": Locked("me/box@1.0.0", hash_of(ORB))})
    project.write(FILE.as_posix(), lock.text())
    assert kept(again(project)) is None
    assert "one" in load_chosen(again(project), DEFAULT).text


@pytest.fixture
def own_copy(tmp_path, monkeypatch) -> Path:
    """A copy of the package, whose files count instead."""
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "ci", copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(kept_config, "_PACKAGE", str(copy))
    return copy


@pytest.mark.parametrize("file", ["errors.py", *(f"{name}/__init__.py" for name in STAMPED)])
def test_another_version_of_this_package_compiles_it_again(made, own_copy, file):
    project = made(PLAIN)
    load_chosen(again(project), DEFAULT)
    assert kept(again(project)) is not None
    when = os.stat(own_copy / file)
    os.utime(own_copy / file, ns=(when.st_atime_ns, when.st_mtime_ns - 1_000_000))
    assert kept(again(project)) is None


def test_nothing_is_kept_if_the_package_changes_while_it_compiles(made, users_cache):
    found = again(made(PLAIN))
    keep(found, DEFAULT, read_config(found), Asked({}), fresh(found), "the stamp of another version")
    assert not users_cache.exists()


def test_every_module_that_has_a_part_in_compiling_counts():
    modules = ("compiler.compile", "compiler.emit", "workflow.load_jobs", "pipeline.loaded_config", "orbs.sources")
    lines = (
        "import sys",
        *(f"import ci.{name}" for name in (*modules, "git.git_values")),
        "print(*sorted(each for each in sys.modules if each.startswith('ci.') and each.count('.') > 1))",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    others = {each.split(".")[1] for each in done.stdout.split()} - set(STAMPED)
    assert others <= {"options", "system"}, "the list of the commands, for the names of sessions, and names in hints"


def test_another_library_compiles_it_again(made, tmp_path, monkeypatch):
    library = tmp_path / "library.py"
    library.write_text("")
    monkeypatch.setitem(sys.modules, LIBRARIES[0], type("Module", (), {"__file__": str(library)}))
    project = made(PLAIN)
    found = again(project)
    keep(found, DEFAULT, read_config(found), Asked({}), fresh(found), package_stamp())
    assert kept(again(project)) is not None
    library.write_text("# newer")
    assert kept(again(project)) is None


def test_the_libraries_that_have_a_part_in_compiling_count():
    assert {"yaml", "regex"} <= set(LIBRARIES)


@pytest.mark.parametrize("name", ["version", "prefix"])
def test_another_python_compiles_it_again(made, monkeypatch, name):
    project = made(PLAIN)
    load_chosen(again(project), DEFAULT)
    monkeypatch.setattr(sys, name, "another")
    assert kept(again(project)) is None


def test_what_comes_of_parameters_is_not_kept_for_it_may_be_secret(made, users_cache):
    project = made(WITH_A_PARAMETER)
    assert "hunter2" in load_project(again(project), Options(params=("word=hunter2",))).text
    assert "hunter2" in load_project(again(project), Options(pipeline_parameters="{word: hunter2}")).text
    assert not users_cache.exists()


def damaged_files(content: bytes) -> list[bytes]:
    flipped = [content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] for at in range(0, len(content), 97)]
    return [b"", b"{}", content[:-1], content + b"x", content[:40], *flipped]


def test_a_damaged_file_is_passed_over_and_written_anew(made, users_cache):
    project = made(PLAIN)
    expected = seen(lambda: load_chosen(again(project), DEFAULT))
    [file] = users_cache.iterdir()
    content = file.read_bytes()
    for damaged in damaged_files(content):
        file.write_bytes(damaged)
        assert kept(again(project)) is None
    assert seen(lambda: load_chosen(again(project), DEFAULT)) == expected
    assert kept(again(project)) is not None


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o606, 0o400])
def test_a_file_that_another_could_have_written_or_a_repository_brought_is_not_read(made, users_cache, mode):
    project = made(PLAIN)
    load_chosen(again(project), DEFAULT)
    [file] = users_cache.iterdir()
    file.chmod(mode)
    assert kept(again(project)) is None


def test_a_link_or_a_pipe_in_its_place_is_not_read(made, users_cache, tmp_path):
    project = made(PLAIN)
    load_chosen(again(project), DEFAULT)
    [file] = users_cache.iterdir()
    shutil.copy2(file, tmp_path / "elsewhere")
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    assert kept(again(project)) is None
    file.unlink()
    os.mkfifo(file, 0o600)
    assert kept(again(project)) is None


@pytest.mark.parametrize("place", ["project/cache", "repository/cache", "relative"])
def test_a_cache_folder_of_the_projects_or_of_a_repositorys_is_not_used(made, tmp_path, monkeypatch, place):
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    monkeypatch.setenv("XDG_CACHE_HOME", place if place == "relative" else str(tmp_path / place))
    monkeypatch.setenv("HOME", "")
    project = made(PLAIN)
    shutil.rmtree(project.path / ".git")  # a project that came as an archive
    load_chosen(again(project), DEFAULT)
    assert kept(again(project)) is None
    assert not (tmp_path / place).exists()


def test_a_folder_that_cannot_be_written_is_no_error(made, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load_chosen(again(made(PLAIN)), DEFAULT).sessions


def test_the_files_and_their_folder_are_the_users_alone(made, users_cache):
    load_chosen(again(made(PLAIN)), DEFAULT)
    assert [each.stat().st_mode & 0o777 for each in (users_cache, *users_cache.iterdir())] == [0o700, 0o600]


def test_the_oldest_go_when_there_are_too_many(made, users_cache):
    project = made(PLAIN)
    load_chosen(again(project), DEFAULT)
    for number in range(KEPT + 5):
        (users_cache / f"{number}").write_text("")
        os.utime(users_cache / f"{number}", (number, number))
    load_chosen(again(project), ConfigChoice(strict=True))
    names = {each.name for each in users_cache.iterdir()}
    assert len(names) == KEPT
    assert "0" not in names
    assert kept(again(project)) is not None


def test_a_config_that_is_kept_needs_no_compiler_and_no_yaml(made):
    project = made(PLAIN)
    call = (
        "import sys; from ci.cli.main import main; main(['list']);"
        "print(*sorted({'yaml', 'ci.compiler.compile', 'ci.workflow.model'} & set(sys.modules)))"
    )
    lines = []
    for _ in range(2):
        words = [sys.executable, "-c", call]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(words, cwd=project.path, env=environ, capture_output=True, text=True, check=True)
        lines.append(done.stdout.splitlines()[-1])
    assert lines == ["ci.compiler.compile ci.workflow.model yaml", ""]


CONFIGS = (PLAIN, FILTERED, WITH_AN_ORB, WARNED, UNUSABLE, WRONG)
CHOICES = (
    DEFAULT,
    ConfigChoice(branch="x"),
    ConfigChoice(tag="v1"),
    ConfigChoice(strict=True),
    ConfigChoice(classic=True),
)
CHANGES = st.one_of(
    st.tuples(st.just("config"), st.sampled_from(CONFIGS)),
    st.tuples(st.just("branch"), st.sampled_from(["main", "topic"])),
    st.tuples(st.just("orb"), st.sampled_from(["", ORB, ORB.replace("one", "two"), "]"])),
    st.tuples(st.just("newer orb"), st.sampled_from(["", ORB.replace("one", "three")])),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CHANGES, st.sampled_from(CHOICES)), min_size=2, max_size=8))
def test_whatever_changes_in_between_what_is_kept_is_what_a_compile_comes_to(tmp_path_factory, changes):
    project = make_project(tmp_path_factory.mktemp("changing"), PLAIN)
    for (what, value), choice in changes:
        apply(project, what, value)
        for _ in range(2):
            assert seen(lambda c=choice: load_chosen(again(project), c)) == seen(
                lambda c=choice: fresh(again(project), c)
            )


def apply(project: Project, what: str, value: str) -> None:
    orbs = {"orb": LOCAL, "newer orb": ".circleci/orbs/me/box@1.0.1.yml"}
    if what == "config":
        project.write(CONFIG, value)
    elif what == "branch":
        (project.path / ".git" / "HEAD").write_text(f"ref: refs/heads/{value}\n")
    elif value:
        project.write(orbs[what], value)
    else:
        (project.path / orbs[what]).unlink(missing_ok=True)


def test_another_file_than_the_projects_own_is_not_kept(made, users_cache):
    project = made(PLAIN)
    compile_project(again(project), Options())
    assert not users_cache.exists()


def test_a_file_of_another_config_under_the_same_name_is_not_taken(made, users_cache):
    project = made(PLAIN)
    load_chosen(again(project), DEFAULT)
    [file] = users_cache.iterdir()
    load_chosen(again(project), ConfigChoice(classic=True))
    [other] = set(users_cache.iterdir()) - {file}
    shutil.copy2(other, file)
    assert kept(again(project)) is None
