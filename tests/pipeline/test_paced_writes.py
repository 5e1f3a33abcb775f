"""How often a record is written that changes all the time."""

import threading

from ci.pipeline.paced_writes import SHARE, PacedWrites


class Disk:
    """Counts the writes; each takes a second of a clock that nobody else moves."""

    def __init__(self):
        self.time = 0.0
        self.writes = 0
        self.threads = []
        self.written = threading.Event()

    def write(self):
        self.writes += 1
        self.time += 1.0
        self.threads.append(threading.current_thread())
        self.written.set()


def test_the_first_one_is_written_at_once():
    disk = Disk()
    PacedWrites(disk.write, lambda: disk.time, lambda: disk.time).ask()
    assert disk.writes == 1


def test_however_often_it_is_asked_for_it_takes_a_small_share_of_the_time():
    disk = Disk()
    writes = PacedWrites(disk.write, lambda: disk.time, lambda: disk.time)
    for _ in range(10 * (SHARE + 1)):
        writes.ask()
        disk.time += 1.0
    writes.now()
    assert disk.writes <= 11 + 1


def test_what_was_asked_for_last_is_written_though_nobody_asks_again():
    disk = Disk()
    writes = PacedWrites(disk.write, lambda: disk.time * 1e-6, lambda: disk.time * 1e-6)
    writes.ask()
    disk.written.clear()
    writes.ask()
    assert disk.written.wait(60)
    assert disk.threads[-1] is not threading.current_thread()


def test_what_is_written_now_is_not_written_again_later():
    disk = Disk()
    writes = PacedWrites(disk.write, lambda: disk.time, lambda: disk.time)
    writes.ask()
    writes.ask()
    timer = writes._timer
    writes.now()
    timer.join(60)
    assert disk.writes == 2
