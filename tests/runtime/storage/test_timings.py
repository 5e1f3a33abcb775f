"""Times of tests, kept across runs for ``circleci tests split --split-by=timings``."""

import threading

from ci.runtime.storage.timings import FILE, TimingStore


def test_what_a_run_has_learned_the_next_finds(tmp_path):
    TimingStore(tmp_path).record([("filename:a.py", 1.5), ("filename:b.py", 2.0)])
    TimingStore(tmp_path).record([("filename:a.py", 3.0)])
    assert TimingStore(tmp_path).read() == {"filename:b.py": 2.0, "filename:a.py": 3.0}
    assert TimingStore(tmp_path).table() == b"filename\t2.000000\tb.py\nfilename\t3.000000\ta.py\n"


def test_nothing_learned_yet_is_empty(tmp_path):
    assert TimingStore(tmp_path).read() == {}
    assert TimingStore(tmp_path).table() == b""


def test_a_file_that_is_damaged_counts_as_none(tmp_path):
    for content in ("{", "[1]", '{"a": "x"}'):
        (tmp_path / FILE).write_text(content)
        assert TimingStore(tmp_path).read() == {}


def test_runs_at_once_lose_nothing_of_each_other(tmp_path):
    writers = [
        threading.Thread(target=lambda name=f"testname:{number}": TimingStore(tmp_path).record([(name, 1.0)]))
        for number in range(20)
    ]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert len(TimingStore(tmp_path).read()) == 20
