"""README's picture is drawn from a real run: a failure, its cause, the file mended, and what failed run again."""

import xml.etree.ElementTree as ElementTree

from .first_screen import COMMANDS, PICTURE, main
from .projects import ROOT


def words(file):
    """The text of a picture, a row a line."""
    texts = ElementTree.parse(file).iter("{http://www.w3.org/2000/svg}text")
    return " ".join("".join(each.itertext()).replace("\xa0", " ").strip() for each in texts)


def shows_the_loop(file):
    loop = ["2 passed, 1 failed", "assert 29.5 == 15", COMMANDS[1], COMMANDS[2], "check: 1 passed"]
    rest = words(file).partition(COMMANDS[0])[2]
    for part in loop:
        rest = rest.partition(part)[2]
    return rest != ""


def test_the_picture_is_drawn_from_what_the_commands_write_to_a_terminal(tmp_path):
    main([str(tmp_path / "new.svg")])
    assert shows_the_loop(tmp_path / "new.svg")


def test_readme_shows_the_picture_that_the_repository_keeps():
    assert f"({PICTURE.relative_to(ROOT)})" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert shows_the_loop(PICTURE)


def test_the_picture_fetches_nothing():
    text = PICTURE.read_text(encoding="utf-8")
    assert text.count("://") == text.count("http://www.w3.org/2000/svg")
