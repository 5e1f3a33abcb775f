"""How the program ends where the user ends it while it is still being loaded."""

import pytest

from ci import __main__


class Name:
    """What a class calls while it is made, as a field of a dataclass is called."""

    def __set_name__(self, owner, name):
        raise KeyboardInterrupt


def loading(argv):
    type("Loaded", (), {"field": Name()})


def broken(argv):
    raise RuntimeError("a fault of ours")


def test_ctrl_c_while_a_class_is_made_is_ctrl_c(monkeypatch):
    monkeypatch.setattr("ci.cli.main.main", loading)
    with pytest.raises(SystemExit) as ended:
        __main__.program()
    assert ended.value.code == 130


def test_a_fault_of_ours_is_not_taken_for_one(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("ci.cli.main.main", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        __main__.program()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("unexpected error: RuntimeError: a fault of ours\n")
