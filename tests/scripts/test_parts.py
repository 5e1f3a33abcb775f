"""lib.sh's parts: each runs, is timed, has its line in the table; the job names what failed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / ".circleci" / "scripts" / "lib.sh"


def job(tmp_path: Path, body: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "job.sh"
    script.write_text(f'set -euo pipefail\nsource "{LIB}"\n{body}\n')
    return subprocess.run(["bash", script], cwd=tmp_path, capture_output=True, text=True, check=False)


def table(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    """(result, name) of each line of the closing table."""
    lines = done.stdout.split("=== parts\n")[1].splitlines()
    found = [re.match(r"(passed|FAILED|left out|not run) +(?:\d+\.\d s|-)  (.*)", line) for line in lines]
    return [match.groups() for match in found if match]  # type: ignore[misc]


def test_a_job_whose_parts_pass_passes(tmp_path: Path) -> None:
    done = job(tmp_path, "part one true; part 'two words' true; finish")
    assert (done.returncode, table(done)) == (0, [("passed", "one"), ("passed", "two words")])


def test_every_part_runs_and_the_failed_ones_are_named(tmp_path: Path) -> None:
    done = job(tmp_path, "part one false; part two true; part three bash -c 'exit 7'; finish")
    assert done.returncode == 1
    assert table(done) == [("FAILED", "one"), ("passed", "two"), ("FAILED", "three")]
    assert done.stderr.splitlines()[-1] == "job.sh: failed: one, three"
    assert "three: failed with exit status 7" in done.stderr


def test_a_part_stops_at_its_first_failing_command(tmp_path: Path) -> None:
    done = job(tmp_path, "work() { echo before; false; echo after; }\npart one work; finish")
    assert done.returncode == 1
    assert "before" in done.stdout
    assert "after" not in done.stdout


def test_a_part_fails_by_any_command_of_a_pipe(tmp_path: Path) -> None:
    assert job(tmp_path, "work() { false | cat; }\npart one work; finish").returncode == 1


def test_a_parts_folder_and_variables_end_with_it(tmp_path: Path) -> None:
    done = job(tmp_path, 'work() { cd /; X=inner; }\nX=outer; part one work; echo "$PWD $X"; finish')
    assert f"{tmp_path} outer" in done.stdout


def test_without_its_first_part_a_job_ends_and_says_what_did_not_run(tmp_path: Path) -> None:
    done = job(tmp_path, "first_part fetch false; part two touch ran; finish")
    assert done.returncode == 1
    assert table(done) == [("FAILED", "fetch"), ("not run", "all other parts: they need 'fetch'")]
    assert not (tmp_path / "ran").exists()


def test_what_is_left_out_is_in_the_table_with_its_reason(tmp_path: Path) -> None:
    done = job(tmp_path, "part one true; left_out ping 'no Java'; finish")
    assert (done.returncode, table(done)) == (0, [("passed", "one"), ("left out", "ping: no Java")])


@pytest.mark.parametrize("body", ["finish", "left_out ping 'no Java'; finish"])
def test_a_job_in_which_nothing_ran_fails(tmp_path: Path, body: str) -> None:
    done = job(tmp_path, body)
    assert (done.returncode, done.stderr.strip()) == (1, "job.sh: no part ran")


def test_a_parts_time_is_measured(tmp_path: Path) -> None:
    done = job(tmp_path, "part one sleep 0.3; finish")
    seconds = re.search(r"passed +(\d+\.\d) s  one", done.stdout)
    assert seconds
    assert 0.2 <= float(seconds[1]) < 60


def test_a_job_of_many_parts_never_fails_by_chance(tmp_path: Path) -> None:
    """`grep -q` leaves at its first match, and what writes to it may fail by that."""
    body = (
        "for n in $(seq 2000); do record_part 'left out' - $n; done; for n in $(seq 50); do (part x true; finish); done"
    )
    assert job(tmp_path, f"{body} >/dev/null").returncode == 0
