"""Locks between processes."""

from __future__ import annotations

from ci.system.lock import lock_if_free


def test_a_lock_that_somebody_holds_is_not_waited_for(tmp_path):
    with lock_if_free(tmp_path / "lock") as first, lock_if_free(tmp_path / "lock") as second:
        assert (first, second) == (True, False)
    with lock_if_free(tmp_path / "lock") as third:
        assert third
