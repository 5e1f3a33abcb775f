"""How far a pull has come, by the lines of the engine."""

from ci.engines.docker.images.pull_progress import PullProgress

FIRST, SECOND = "2b0b36247099", "9c27e219663c"


def reported(*lines):
    found = []
    progress = PullProgress(found.append)
    for line in lines:
        progress.line(line)
    return found, progress.last


def test_on_a_terminal_the_bytes_of_all_layers_count():
    found, _ = reported(
        f"{FIRST}: Pulling fs layer",
        f"{SECOND}: Pulling fs layer",
        f"{FIRST}: Downloading [===>                   ]  9.582MB/150MB",
        f"{SECOND}: Downloading [>                     ]    553kB/1.05GB",
        f"{FIRST}: Extracting [======>               ]  12.3MB/150MB",
        f"{FIRST}: Pull complete",
    )
    assert found == [
        *("0 of 1 layers are here", "0 of 2 layers are here", "10 of 150 MB, 0 of 2 layers are here"),
        "10 of 1200 MB, 0 of 2 layers are here",
        "151 of 1200 MB, 0 of 2 layers are here",
        "151 of 1200 MB, 1 of 2 layers are here",
    ]


def test_without_one_the_layers_count():
    lines = (f"{FIRST}: Pulling fs layer", f"{FIRST}: Verifying Checksum", f"{FIRST}: Pull complete")
    assert reported(*lines)[0] == ["0 of 1 layers are here", "1 of 1 layers are here"]


def test_podmans_lines_are_its_own():
    assert reported("Copying blob sha256:1", "Writing manifest to image destination")[0] == [
        "Copying blob sha256:1",
        "Writing manifest to image destination",
    ]


def test_the_last_line_with_something_on_it_is_the_error():
    assert reported("Error response from daemon: no such host", "  ")[1] == "Error response from daemon: no such host"
