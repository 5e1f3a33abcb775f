"""``validate --fix`` writes the safe part of the migration into the file."""

import io
import sys

from ci.cli.main import main

OLD = "# ours\r\nversion: 2 # old\r\njobs:\r\n  build:\r\n    docker: [{image: a}]\r\n    steps: [run: 'cat <<X']\r\n"
NEW = OLD.replace("version: 2 ", "version: 2.1 ").replace("<<X", "\\<<X")


def project(folder, text):
    (folder / ".circleci").mkdir()
    config = folder / ".circleci" / "config.yml"
    config.write_bytes(text.encode())
    return config


def test_it_rewrites_the_projects_config_shows_the_difference_and_validates_the_result(tmp_path, capsys):
    config = project(tmp_path, OLD)
    config.chmod(0o640)
    assert main(["validate", "--fix"], tmp_path) == 0
    output = capsys.readouterr().out
    assert "-version: 2 # old\n+version: 2.1 # old" in output
    assert output.endswith(".circleci/config.yml is valid.\n")
    assert config.read_bytes() == NEW.encode()
    assert config.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in config.parent.iterdir()] == ["config.yml"]


def test_a_byte_order_mark_and_a_link_stay(tmp_path, capsys):
    config = project(tmp_path, "\ufeff" + OLD)
    link = tmp_path / "link.yml"
    link.symlink_to(config)
    assert main(["validate", "--fix", str(link)], tmp_path) == 0
    assert link.is_symlink()
    assert config.read_bytes() == ("\ufeff" + NEW).encode()


def test_a_config_that_needs_nothing_is_not_written(tmp_path, capsys):
    config = project(tmp_path, NEW)
    config.parent.chmod(0o555)
    before = config.stat().st_mtime_ns
    assert main(["validate", "--fix"], tmp_path) == 0
    assert config.stat().st_mtime_ns == before
    assert capsys.readouterr().out == ".circleci/config.yml is valid.\n"
    config.parent.chmod(0o755)


def test_from_standard_input_the_new_text_is_printed(tmp_path, capsys, monkeypatch):
    project(tmp_path, NEW)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(OLD.encode())))
    assert main(["validate", "--fix", "-"], tmp_path) == 0
    assert capsys.readouterr().out == NEW


def test_what_is_not_yaml_and_what_is_not_there_are_errors_and_nothing_is_written(tmp_path, capsys):
    config = project(tmp_path, "version: 2\njobs: [\n")
    assert main(["validate", "--fix"], tmp_path) == 2
    assert "this is not YAML" in capsys.readouterr().err
    assert config.read_text() == "version: 2\njobs: [\n"
    assert main(["validate", "--fix", "nothing.yml"], tmp_path) == 2
    assert "nothing.yml: No such file or directory" in capsys.readouterr().err


def test_what_2_1_minds_beyond_it_is_reported_afterwards(tmp_path, capsys):
    config = project(tmp_path, OLD.replace("    steps", "    workdir: x\r\n    steps"))
    assert main(["validate", "--fix"], tmp_path) == 2
    assert "extraneous key [workdir] is not permitted in job 'build'" in capsys.readouterr().err
    assert config.read_text().startswith("# ours\nversion: 2.1")
