"""The conversation between a run and those who decide for it."""

import os
import socket
import stat

import pytest

from ci.pause.conversation import DESCRIPTORS, SOCKET, Conversation, connect, listen


@pytest.fixture
def ends():
    here, there = socket.socketpair()
    channels = Conversation(here), Conversation(there)
    yield channels
    for each in channels:
        each.close()


def test_messages_come_one_by_one(ends):
    here, there = ends
    here.send({"do": "status"})
    here.send({"do": "decide", "job": "bäume"})
    assert [there.receive(), there.receive()] == [{"do": "status"}, {"do": "decide", "job": "bäume"}]


def test_descriptors_come_with_a_message(ends, tmp_path):
    here, there = ends
    with open(tmp_path / "output", "w") as file:
        here.send({"do": "decide"}, [file.fileno()])
        there.receive()
    os.write(there.descriptors[0], b"from the other process")
    assert (tmp_path / "output").read_text() == "from the other process"


def test_the_end_of_the_other_side_is_no_message(ends):
    here, there = ends
    there.close()
    assert here.receive() is None
    assert here.send({"do": "status"}) is False


@pytest.mark.parametrize("text", [b"no json\n", b"[1]\n", b"{" * 100_000 + b"\n", b"x" * (1 << 21)])
def test_what_is_no_message_ends_the_conversation(text):
    here, there = socket.socketpair()
    there.setblocking(False)
    channel = Conversation(here)
    here.settimeout(5)
    with here, there:
        while text:
            try:
                text = text[there.send(text) :]
            except BlockingIOError:
                break
        assert channel.receive() is None


def test_a_run_is_reached_in_its_folder_by_the_user_alone(tmp_path):
    with listen(tmp_path):
        assert stat.S_IMODE(os.lstat(tmp_path / SOCKET).st_mode) == 0o600
        channel = connect(tmp_path)
        assert channel is not None
        channel.close()


def test_a_folder_with_a_long_path_has_a_socket_too(tmp_path):
    folder = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 8)
    folder.mkdir(parents=True)
    with listen(folder):
        channel = connect(folder)
        assert channel is not None
        channel.close()


@pytest.mark.parametrize("what", ["nothing", "a file", "a dead socket", "a link"])
def test_what_nobody_answers_at_is_no_run(tmp_path, what):
    place = tmp_path / SOCKET
    if what == "a file":
        place.write_text("")
    elif what == "a dead socket":
        listen(tmp_path).close()
    elif what == "a link":
        place.symlink_to("/dev/null")
    assert connect(tmp_path) is None


def test_no_answer_in_time_is_none(tmp_path):
    with listen(tmp_path):
        channel = connect(tmp_path)
        assert channel.ask({"do": "status"}, seconds=0.1) is None
        channel.close()


def test_descriptors_that_nobody_takes_are_not_kept_for_ever(ends):
    here, there = ends
    reading, writing = os.pipe()
    for _ in range(5):
        assert there.send({"do": "status"}, (reading, writing))
        assert here.receive()
    before = len(here.descriptors)
    for each in (reading, writing):
        os.close(each)
    assert before == DESCRIPTORS
    here.close()
    there.close()
