"""How a step's shell gets its script: as a file, as text, or as a text that reads a file."""

import pytest

from ci import process
from ci.runtime.script import LONGEST_ARGUMENT, arguments

LONG = "x" * LONGEST_ARGUMENT


@pytest.mark.parametrize(
    ("shell", "script", "expected"),
    [
        (("bash", "-eo", "pipefail"), "true", ["bash", "-eo", "pipefail", "/a file"]),
        (("bash", "-c"), "true", ["bash", "-c", "true"]),
        (("/bin/sh", "-ec"), "true", ["/bin/sh", "-ec", "true"]),
        (("sh",), "true", ["sh", "/a file"]),
        (("python3", "-c"), "pass", ["python3", "-c", "pass"]),
        (("bash", "-c"), LONG, ["bash", "-c", ". '/a file'"]),
        (("bash", "-c"), "é" * (LONGEST_ARGUMENT // 2), ["bash", "-c", ". '/a file'"]),
        (("python3", "-c"), LONG, ["python3", "-c", "/a file"]),
    ],
    ids=["file", "text", "options-with-c", "one-word", "other-program", "long", "long-in-bytes", "long-other-program"],
)
def test_a_shell_gets_a_file_or_a_text(shell, script, expected):
    assert arguments(shell, script, lambda script: "/a file") == expected


@pytest.mark.parametrize("filler", ["", f": {'x' * 200_000}\n"], ids=["short", "long"])
def test_a_long_text_means_what_a_short_one_means(tmp_path, filler):
    file = tmp_path / "a file"

    def write(script):
        file.write_text(script)
        return str(file)

    done = process.capture(arguments(("bash", "-eo", "pipefail", "-c"), f"{filler}echo on; false; echo never", write))
    assert (done.status, done.stdout) == (1, "on\n")
