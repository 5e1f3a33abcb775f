"""Something done every so often, in a thread of its own."""

import threading

from ci.report.ticker import Ticker


def test_it_is_done_again_and_again_until_it_is_stopped():
    third, count = threading.Event(), []

    def action():
        count.append(1)
        if len(count) == 3:
            third.set()

    ticker = Ticker(0.001, action, errors().append)
    ticker.start()
    assert third.wait(60)
    ticker.stop()


def test_after_it_was_stopped_it_does_not_start():
    count = []
    ticker = Ticker(0.0, lambda: count.append(1), errors().append)
    ticker.stop()
    ticker.start()
    assert (count, ticker._thread) == ([], None)


def test_an_error_is_passed_on_once_and_ends_it():
    failed, found = threading.Event(), []

    def fail(error):
        found.append(error)
        failed.set()

    error = ValueError("a defect")

    def action():
        raise error

    ticker = Ticker(0.001, action, fail)
    ticker.start()
    assert failed.wait(60)
    ticker._thread.join()
    assert found == [error]


def errors():
    return []


def test_it_can_be_woken_between_two_calls():
    called = threading.Event()
    ticker = Ticker(3600.0, called.set, errors().append, first=0.0)
    ticker.start()
    assert called.wait(60)
    called.clear()
    ticker.wake()
    assert called.wait(60)
    ticker.stop()
