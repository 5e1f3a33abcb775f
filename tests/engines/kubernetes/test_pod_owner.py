"""Whose a Pod is, and whether that process has ended."""

import subprocess
import sys
from dataclasses import replace

import pytest

from ci.engines.kubernetes.pod_owner import PodOwner
from ci.system.temporary import start_time


def test_this_process_is_not_dead():
    me = PodOwner.current()
    assert not me.is_dead(me)
    assert me.user
    assert me.host


def test_a_process_that_has_ended_is_dead():
    me = PodOwner.current()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    other = replace(me, pid=child.pid, start=start_time(child.pid))
    assert not other.is_dead(me)
    child.communicate()
    assert other.is_dead(me)


@pytest.mark.parametrize("change", [{"user": "somebody"}, {"host": "elsewhere"}, {"machine": "another"}])
def test_nobody_knows_of_another_users_or_machines_process(change):
    me = PodOwner.current()
    assert not replace(me, pid=2**22 + 1, start="1", **change).is_dead(me)


def test_what_is_written_can_be_read():
    owner = PodOwner('an"na', "läptop", "m", 12, "34")
    assert PodOwner.read(owner.written()) == owner


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"pid": "x"}', "[" * 100000, "null"])
def test_what_is_no_owner_is_none(text):
    assert PodOwner.read(text) is None
