"""How many processes of a container were killed for want of memory."""

from ci.engines.kubernetes.memory import killed_processes


def test_cgroup_v2_and_v1_each_have_a_count():
    """https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files"""
    assert killed_processes("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n") == 2
    assert killed_processes("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n") == 1


def test_no_count_is_no_such_process():
    assert killed_processes("") == 0
