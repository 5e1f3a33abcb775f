"""Values of options, from the texts that users write."""

import pytest

from ci.options.values import count, engine, folder, port, size


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [("500kB", 500_000), ("50MB", 50_000_000), ("1.5 GB", 1_500_000_000), ("none", 0)],
)
def test_a_size_is_a_number_with_its_unit_and_none_is_no_limit(text, bytes_):
    assert size(text) == bytes_


@pytest.mark.parametrize("text", ["", "50", "0MB", "1TB", "-1MB", "1.MB", "MB", "0.0001kB"])
def test_what_is_no_size_is_an_error_with_examples(text):
    with pytest.raises(ValueError, match="is not a size such as 500kB, 50MB or 2GB"):
        size(text)


@pytest.mark.parametrize("text", ["0", "-1", "many", "", "1.5"])
def test_a_count_is_from_one_up(text):
    assert count("12") == 12
    with pytest.raises(ValueError, match="is not a whole number of at least 1"):
        count(text)


def test_a_folder_is_absolute_without_dots_and_from_a_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert [folder(text) for text in ("/a/../b/", "~/models")] == ["/b", "/home/me/models"]


def test_an_engine_is_taken_as_written():
    assert engine("docker") == "docker"


@pytest.mark.parametrize("text", ["-1", "65536", "http", ""])
def test_a_port_is_a_number_to_65535(text):
    assert [port("0"), port("65535")] == [0, 65535]
    with pytest.raises(ValueError, match="is not a port: 0 to 65535"):
        port(text)
