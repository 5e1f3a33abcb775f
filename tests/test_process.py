"""Commands that are begun, and collected later."""

import time

from ci import process


def test_a_command_that_was_begun_goes_on_by_itself_until_it_is_collected(tmp_path):
    made = tmp_path / "made"
    begun = process.begin(["sh", "-c", f"echo told; echo why >&2; : >{made}; exit 3"])
    until = time.monotonic() + 20
    while not made.exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert made.exists()
    assert begun.result() == process.Captured(3, "told\n", "why\n")


def test_what_cannot_be_begun_is_told_by_its_result(tmp_path):
    told = process.begin([str(tmp_path / "none")]).result()
    assert told.status == process.NOT_FOUND
    assert told.stderr == f"{tmp_path / 'none'}: No such file or directory"


def test_the_time_for_a_command_counts_from_its_collection():
    begun = process.begin(["sleep", "0.3"])
    assert begun.result(timeout=20).cause == "exit"
    assert process.begin(["sleep", "60"]).result(timeout=0.1).cause == "timeout"
