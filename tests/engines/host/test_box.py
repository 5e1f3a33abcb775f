"""How steps run on this machine, and where their files are."""

import os
import time

import pytest

from ci.engines.host.box import make_folder
from ci.engines.host.view import HOME as IMAGE_HOME
from ci.runtime.failures import StepError

from .conftest import BASH, ISOLATIONS


def pytest_generate_tests(metafunc):
    if "place" in metafunc.fixturenames:
        metafunc.parametrize("place", ISOLATIONS, indirect=True)


def test_a_step_gets_the_boxs_environment_and_its_own_on_top(place):
    ended = place.run('echo "$X $HOME"; test -z "${PYTEST_CURRENT_TEST+set}"', environment=(("X", "1"), ("X", "2")))
    assert ended.status == 0
    assert place.written.decode() == f"2 {place.box.home}\n"


def test_output_and_errors_come_together_in_their_order(place):
    place.run("echo one; echo two >&2; echo three")
    assert place.written == b"one\ntwo\nthree\n"


@pytest.mark.parametrize(("script", "status"), [("exit 3", 3), ("kill -9 $$", 137), ("false | true", 1), ("true", 0)])
def test_the_status_is_the_scripts_or_128_and_the_signals_number(place, script, status):
    assert place.run(script).status == status


def test_a_shell_that_is_not_there_is_status_127_and_says_so(place):
    assert place.run("true", shell=("no-such-shell",)).status == 127
    assert place.written == b"no-such-shell: command not found\n"


def test_a_shell_that_cannot_be_started_is_status_126_and_says_why(place):
    place.box.write(f"{place.box.working_directory}/not-a-program", b"\x7fELF nonsense", 0o755)
    assert place.run("true", shell=("./not-a-program",)).status == 126
    assert b"not-a-program" in place.written


def test_a_shell_whose_last_option_is_c_gets_the_text_others_a_file(place):
    assert place.run('echo "${0##*/}"', shell=("sh", "-c")).status == 0
    assert place.run('cat "$0"', shell=("sh",)).status == 0
    assert place.written == b'sh\ncat "$0"'


def test_a_script_may_be_longer_than_an_argument_may_be(place):
    script = f"x='{'y' * 300_000}'; echo ${{#x}}"
    assert place.run(script, shell=("bash", "-c")).status == 0
    assert place.run(script).status == 0
    assert place.written == b"300000\n" * 2


def test_a_step_has_no_input(place):
    assert place.run("cat; echo end").status == 0
    assert place.written == b"end\n"


def test_a_canceled_step_ends(place):
    place.write = lambda data: place.cancel.set()
    assert place.run("echo begun; sleep 300").cause == "canceled"


def test_a_step_ends_where_the_jobs_time_is_over(place):
    assert place.run("while :; do echo x; sleep 0.05; done", until=time.monotonic() + 0.4).cause == "job-time"


def test_output_keeps_a_step_alive(place):
    ended = place.run("for i in $(seq 18); do echo $i; sleep 0.5; done", no_output_timeout=8.0)
    assert (ended.status, ended.cause) == (0, "exit")


def test_the_folder_of_a_step_is_made(place):
    assert place.run("pwd", directory=f"{place.box.home}/a/b").status == 0
    assert place.written.decode() == f"{place.box.home}/a/b\n"


def test_background_commands_are_reported_in_the_order_of_their_start(place):
    for script in ("echo $$ >one; exit 0", "echo $$ >two; exit 4", "sleep 300"):
        assert place.run(script, background=True) is not None
    for name in ("one", "two"):
        place.run(f"until [ -s {name} ] && ! kill -0 $(cat {name}) 2>&-; do sleep 0.05; done")
    ended = place.box.end()
    assert [(each.status, each.cause) for each in ended] == [(0, "exit"), (4, "exit"), (0, "job-end")]


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("~", "{home}"),
        ("~/x", "{home}/x"),
        ("x/../y", "{home}/project/y"),
        (".", "{home}/project"),
        ("/etc", "/etc"),
        ("~other/x", "{home}/project/~other/x"),
        ("$HOME/x", "{home}/project/$HOME/x"),
        (IMAGE_HOME, "{home}"),
    ],
)
def test_paths_are_below_the_working_directory_or_the_home(place, written, path):
    """Variables are not expanded: https://circleci.com/docs/reference/configuration-reference/#jobs"""
    assert place.box.path(written) == path.replace("{home}", place.box.home)


def test_files_are_written_whole_with_their_folders_and_mode(place):
    path = f"{place.box.home}/deep/er/file"
    place.box.write(path, b"long content", 0o700)
    place.box.write(path, b"short", 0o700)
    assert place.box.read(path) == b"short"
    assert os.stat(place.box.places.outside(path)).st_mode & 0o777 == 0o700
    assert place.box.exists(path)
    assert not place.box.exists(f"{path}.not")


def test_a_folder_that_cannot_be_made_fails_the_step_with_the_reason(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StepError, match="cannot be made on this machine"):
        make_folder(f"{tmp_path}/file/below")


def test_the_default_shell_is_bash_with_errexit_and_pipefail(place):
    """https://circleci.com/docs/reference/configuration-reference/#default-shell-options"""
    assert place.box.default_shell[-2:] == BASH[-2:]


def test_a_text_longer_than_an_argument_runs_by_the_options_of_its_shell(place):
    ended = place.run(f": {'x' * 200_000}\necho on; false; echo never", (*BASH, "-c"))
    assert (place.written, ended.status) == (b"on\n", 1)
