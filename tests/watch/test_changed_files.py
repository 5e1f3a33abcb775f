"""Which files change below folders."""

import logging

from ci.watch.changed_files import ChangedFiles


def test_a_program_that_logs_everything_as_nox_does_shows_none_of_its_messages_for_debugging(tmp_path):
    log, watched = tmp_path / "log", tmp_path / "watched"
    watched.mkdir()
    root = logging.getLogger()
    handler, level = logging.FileHandler(log), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        changed = ChangedFiles([watched], [])
        try:
            (watched / "saved").write_text("")
            found = {each.path for each in changed.receive()}
        finally:
            changed.close()
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
    assert (found, log.read_text()) == ({str(watched / "saved")}, "")
