"""A process in a Pod whose connection breaks, run here by every shell that an image may have."""

from __future__ import annotations

import os
import select
import shlex
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

import ci.engines.kubernetes as package
from ci.dataclass import replace
from ci.engines.kubernetes import contact, pod_process
from ci.engines.kubernetes.cluster.exec_stream import Broken
from ci.engines.kubernetes.contact import Contact
from ci.engines.kubernetes.pod_process import LONGEST_MESSAGE, OutputPlace, PodProcess
from tests.patience import alive, eventually

AGENT = Path(package.__file__).with_name("agent.sh")
SHELLS = [("dash",), ("bash", "--posix"), ("busybox", "sh")]


class Connection:
    """Stands for a connection to a Pod: a process of this machine with pipes; ``cut`` breaks it."""

    def __init__(self, words: list[str]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(words, stdin=pipe, stdout=pipe, start_new_session=True)
        self._broken = False
        self.status: int | None = None
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.sent.append(data)
        try:
            os.write(self.process.stdin.fileno(), data)
        except (OSError, ValueError):
            raise Broken("cut") from None

    def receive(self, timeout: float | None = None) -> tuple[int, bytes] | None:
        if self._broken:
            raise Broken("cut")
        if not select.select([self.process.stdout], (), (), timeout)[0]:
            raise TimeoutError
        data = os.read(self.process.stdout.fileno(), 4096)
        if self._broken:
            raise Broken("cut")
        return (1, data) if data else None

    def cut(self, kill: bool) -> None:
        """Break it; the process in the Pod ends, or goes on for a while and does not know."""
        self._broken = True
        if kill:
            os.kill(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """The process goes on: nobody has told the Pod."""


class Place:
    """A folder that stands for a Pod's, and the connections to it."""

    def __init__(self, folder: Path, shell: tuple[str, ...]) -> None:
        self.folder, self.shell = folder, shell
        self.connections: list[Connection] = []
        self.refused = threading.Event()
        self.told = []
        self.contact = Contact("build", self.told.append)
        shutil.copy(AGENT, folder / "agent.sh")

    def connect(self, words):
        if self.refused.is_set():
            raise Broken("nobody answers")
        assert words[0] == "sh"
        self.connections.append(Connection([*self.shell, *words[1:]]))
        return self.connections[-1]

    def process(self, *words: str) -> PodProcess:
        return PodProcess("one", words, f"{self.folder}/agent.sh", self.connect, self.lost, self.contact)

    def lost(self, seconds: float) -> bool:
        time.sleep(min(seconds, 0.1))
        return False

    def end(self) -> None:
        subprocess.run(["pkill", "-KILL", "-f", str(self.folder)])
        for each in self.connections:
            each.process.wait()
            each.process.stdin.close()
            each.process.stdout.close()


@pytest.fixture(params=SHELLS, ids=" ".join)
def place(request, tmp_path):
    if not shutil.which(request.param[0]):
        pytest.skip(f"there is no {request.param[0]} here")
    made = Place(tmp_path, request.param)
    yield made
    made.end()


@pytest.mark.parametrize("status", [126, 127])
def test_a_process_that_cannot_be_started_has_ended(tmp_path, status):
    """As where a step has removed the image's shell: the next try would say the same."""

    class Refusing(Connection):
        def send(self, data):
            """Nobody reads it: the program here may have ended by now."""

        def receive(self, timeout=None):
            self.status = status

    tried = []
    process = PodProcess(
        "one",
        ("sh",),
        f"{tmp_path}/agent.sh",
        lambda words: tried.append(Refusing(["true"])) or tried[-1],
        lambda seconds: False,
        Contact("build", lambda event: None),
    )
    assert process.wait(60) == status
    assert process.stdout.read() == b""
    (connection,) = tried
    connection.process.wait()
    connection.process.stdin.close()
    connection.process.stdout.close()


def everything(process: PodProcess) -> bytes:
    return process.stdout.read()


def test_output_and_status_come_as_they_are(place):
    process = place.process("sh", "-c", "printf 'one\\0two'; printf three >&2; exit 5")
    assert everything(process) == b"one\0two"
    assert process.wait(60) == 5


def test_a_shell_gets_its_lines_in_order_and_ends_with_its_input(place):
    process = place.process("sh")
    process.stdin.write(b"x=1\nfor each in a b; do\n")
    process.stdin.write(b'echo "$each$x"\ndone; exec 2>&1\n')
    process.stdin.close()
    assert everything(process) == b"a1\nb1\n"
    assert process.wait(60) == 0


def test_many_lines_are_few_messages_and_all_come(place):
    process = place.process("sh")
    process.stdin.write(b"".join(b"echo %d\n" % number for number in range(2000)))
    process.stdin.close()
    assert everything(process) == b"".join(b"%d\n" % number for number in range(2000))
    [connection] = place.connections
    lines = [each for each in connection.sent if b"line " in each]
    assert max(map(len, lines)) <= LONGEST_MESSAGE
    assert len(lines) < 10


def test_a_line_that_is_longer_than_a_message_comes_whole(place):
    process = place.process("sh")
    process.stdin.write(b"x=%s\necho ${#x}\nexit\n" % (b"y" * (LONGEST_MESSAGE + 10)))
    assert everything(process) == b"%d\n" % (LONGEST_MESSAGE + 10)


def test_what_it_runs_can_be_interrupted(place):
    process = place.process("sh", "-c", "trap 'echo interrupted; exit' INT; kill -INT $$; echo deaf")
    assert everything(process) == b"interrupted\n"


def test_much_output_comes_whole(place):
    process = place.process("seq", "300000")
    assert everything(process) == b"".join(b"%d\n" % number for number in range(1, 300_001))
    kept = [each.name for each in (place.folder / "one").iterdir() if each.name.isdigit()]
    assert len(kept) < 64, "what was seen is given back"


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "half open"])
def test_after_a_broken_connection_the_output_comes_once_and_in_order(place, kill):
    enough = place.folder / "enough"
    script = f"i=0; until [ -e {enough} ]; do i=$((i + 1)); echo line $i; sleep 0.02; done; echo $i lines"
    process = place.process("sh", "-c", script)
    for number in (1, 2, 3):
        assert eventually(lambda number=number: len(place.connections) == number)
        time.sleep(0.15)
        place.connections[-1].cut(kill)
    assert eventually(lambda: len(place.connections) == 4)
    enough.touch()
    *lines, last = everything(process).splitlines()
    assert lines == [b"line %d" % number for number in range(1, len(lines) + 1)]
    assert last == b"%d lines" % len(lines)
    assert process.wait(60) == 0
    assert len(place.connections) == 4


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "half open"])
def test_a_line_that_is_sent_while_nobody_answers_comes_in_once(place, kill):
    process = place.process("sh")
    process.stdin.write(b"echo begun\n")
    assert process.stdout.read(6) == b"begun\n"
    place.refused.set()
    place.connections[-1].cut(kill)
    for number in range(50):
        process.stdin.write(b"echo %d\n" % number)
    place.refused.clear()
    process.stdin.write(b"exit 3\n")
    assert everything(process) == b"".join(b"%d\n" % number for number in range(50))
    assert process.wait(60) == 3


@pytest.fixture
def soon(monkeypatch):
    """Have silence be told of after parts of a second."""
    monkeypatch.setattr(pod_process, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(contact, "SILENT_SECONDS", 1.0)


def test_a_pod_whose_process_says_nothing_is_heard_all_the_same(place, soon, monkeypatch):
    heard = []
    monkeypatch.setattr(place.contact, "heard", lambda: heard.append(1))
    process = place.process("sh")
    assert eventually(lambda: len(heard) > 5)
    process.stdin.write(b"exit\n")
    assert everything(process) == b""


def test_that_nothing_comes_by_a_connection_is_told_once_and_that_it_comes_again(place, soon):
    process = place.process("sh")
    process.stdin.write(b"echo begun\n")
    assert process.stdout.read(6) == b"begun\n"
    group = place.connections[-1].process.pid
    os.kill(group, signal.SIGSTOP)
    assert eventually(lambda: place.told and not place.told[-1].ended)
    number = len(place.told)
    time.sleep(0.5)
    assert len(place.told) == number
    os.kill(group, signal.SIGCONT)
    assert eventually(lambda: place.told[-1].ended)
    process.stdin.write(b"exit 4\n")
    assert process.wait(60) == 4


def test_that_no_connection_can_be_had_is_told_with_the_reason(place, soon):
    process = place.process("sh")
    process.stdin.write(b"echo begun\n")
    assert process.stdout.read(6) == b"begun\n"
    place.refused.set()
    place.connections[-1].cut(True)
    assert eventually(lambda: place.told and place.told[-1].detail == "nobody answers")
    place.refused.clear()
    assert eventually(lambda: place.told[-1].ended)
    process.stdin.write(b"exit 4\n")
    assert process.wait(60) == 4


def test_what_a_process_starts_goes_on_without_a_connection(place, tmp_path):
    process = place.process("sh")
    process.stdin.write(f"sleep 0.5; echo done >{shlex.quote(str(tmp_path / 'done'))}\n".encode())
    assert eventually(lambda: (tmp_path / "one" / "taken").exists() and "1" in (tmp_path / "one/taken").read_text())
    place.refused.set()
    place.connections[-1].cut(True)
    assert eventually((tmp_path / "done").exists)
    process.end()


@pytest.mark.parametrize("everything_of_ours", [True, False], ids=["as by kill -9 -1", "alone"])
def test_a_step_that_kills_what_keeps_its_output_ends_the_process_instead_of_going_on_unseen(place, everything_of_ours):
    process = place.process("sh")
    process.stdin.write(b"echo begun\n")
    assert process.stdout.read(6) == b"begun\n"
    runner = (place.folder / "one/runner").read_text().strip()
    os.kill(int(runner), signal.SIGKILL)
    assert eventually(lambda: not alive(runner))  # what is there still when somebody looks is taken to go on
    if everything_of_ours:
        place.connections[-1].cut(kill=True)
    else:
        place.connections[-1].send(b"alive\n")
    assert process.wait(60) == 255


def test_the_pods_first_process_ends_when_nobody_is_heard(tmp_path):
    shutil.copy(AGENT, tmp_path / "agent.sh")
    began = time.monotonic()
    done = subprocess.run(["sh", tmp_path / "agent.sh", "serve", "2"], timeout=60)
    assert done.returncode == 75
    assert time.monotonic() - began >= 1


def test_it_goes_on_as_long_as_somebody_is_heard(tmp_path):
    shutil.copy(AGENT, tmp_path / "agent.sh")
    running = subprocess.Popen(["sh", tmp_path / "agent.sh", "serve", "6"])
    try:
        for _ in range(16):
            (tmp_path / "alive").touch()
            time.sleep(0.5)
        assert running.poll() is None
    finally:
        assert running.wait(60) == 75


def test_a_program_of_the_containers_own_ends_it_with_its_status(tmp_path):
    shutil.copy(AGENT, tmp_path / "agent.sh")
    done = subprocess.run(["sh", tmp_path / "agent.sh", "serve", "60", "sh", "-c", "exit 9"], timeout=60)
    assert done.returncode == 9


def again(place: Place, left: OutputPlace) -> PodProcess:
    return PodProcess("one", ("true",), f"{place.folder}/agent.sh", place.connect, place.lost, place.contact, left)


def read_until(process: PodProcess, end: bytes) -> bytes:
    found = b""
    while not found.endswith(end):
        more = process.stdout.read(1)
        assert more
        found += more
    return found


def test_a_process_that_was_left_is_come_back_to_where_it_was(place):
    """What had come and was not taken comes again; lines that are sent later come behind those from before."""
    process = place.process("sh")
    process.stdin.write(b"echo one; echo two\n")
    taken = read_until(process, b"tw")
    process.hold()
    left = process.place(len(taken))
    process.stdin.write(b"for each in three four five; do echo $each; sleep 0.1; done\n")
    read_until(process, b"f")
    left = replace(left, lines=process.lines)
    process.end()

    process = again(place, left)
    process.stdin.write(b"echo six; exit 7\n")
    assert taken + everything(process) == b"one\ntwo\nthree\nfour\nfive\nsix\n"
    assert process.wait(60) == 7


def test_what_is_detached_may_write_more_than_waits_for_a_reader_who_is_there(place):
    process = place.process("sh")
    process.stdin.write(b"echo go\n")
    read_until(process, b"go\n")
    process.hold()
    (place.folder / "detached").touch()
    done = place.folder / "done"
    process.stdin.write(b"head -c 72000000 /dev/zero; : >%s\n" % os.fsencode(done))
    process.end()
    process.stdout.close()
    assert any(eventually(done.exists) for _ in range(6))
    number = place.folder / "one/last"
    assert eventually(lambda: int(number.read_text() or "0") > 1024)  # empty while it is written


def test_a_frame_that_is_taken_in_part_is_skipped_in_part(place):
    process = place.process("sh", "-c", "printf 123456789; sleep 0.3; printf abc")
    assert process.stdout.read(4) == b"1234"
    left = process.place(4)
    assert (left.frame, left.skip) == (1, 4)
    process.end()
    first = process.stdout.read()
    assert everything(again(place, left)) == b"56789abc"
    assert again(place, OutputPlace(1, 9)).stdout.read() == b"abc"
    assert first.startswith(b"56789") or first == b""


def test_a_pod_is_given_another_limit(place):
    """Whoever leaves it says how long it may go on; whoever comes back says so too."""
    words = [*place.shell, f"{place.folder}/agent.sh"]
    subprocess.run([*words, "limit", "28800", "detached"], check=True)
    assert (place.folder / "limit").read_text() == "28800\n"
    assert (place.folder / "detached").exists()
    subprocess.run([*words, "limit", "300"], check=True)
    assert (place.folder / "limit").read_text() == "300\n"
    assert not (place.folder / "detached").exists()
    assert (place.folder / "alive").exists()


def test_a_pod_hears_of_us_several_times_within_its_silence_limit(place, monkeypatch):
    monkeypatch.setattr(pod_process, "HEARTBEAT_SECONDS", 3600.0)
    place.contact.silence_limit = 1.0
    process = place.process("sh")
    assert eventually(lambda: place.connections and place.connections[0].sent.count(b"alive\n") > 3)
    process.stdin.write(b"exit\n")
    assert everything(process) == b""
