"""A real run in GitHub Actions: its log, its summary, and no secret in either."""

from ..projects import make_project

CONFIG = """
version: 2.1
jobs:
  test:
    docker: [{image: cimg/base:stable}]
    steps:
      - run: {name: Test, command: "echo '::add-path::/tmp/evil'; echo the value is $TOKEN; exit 3"}
workflows: {main: {jobs: [test]}}
"""
WORDS = ("run", "main", "--engine", "host", "--env", "TOKEN=hunter22-hunter22")


def test_a_run_in_github_actions_has_groups_an_annotation_and_a_summary(tmp_path):
    project = make_project(tmp_path / "checkout" / "sub", CONFIG)
    summary = tmp_path / "summary.md"
    summary.write_text("what was there\n")
    there = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path / "checkout"), "NO_COLOR": "1"}
    done = project.ci(*WORDS, GITHUB_STEP_SUMMARY=str(summary), **there)
    assert done.status == 1
    commands = [line for line in done.stdout.splitlines() if line.lstrip().startswith("::")]
    assert commands[:2] == ["::group::1. Test", "::endgroup::"]
    assert commands[2].startswith(
        "::error file=sub/.circleci/config.yml,line=7,col=9,title=test%3A step 1 of 1 'Test'::"
    )
    assert len(commands) == 3
    text = summary.read_text()
    assert text.startswith("what was there\n### CircleCI workflow main: failed in ")
    assert "```text\n::add-path::/tmp/evil\nthe value is ****\n```\n" in text
    assert "hunter22" not in text + done.stdout + done.stderr


def test_a_summary_that_cannot_be_written_is_a_line_and_changes_nothing(tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    gone = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "gone" / "summary.md")}
    done = project.ci(*WORDS, **gone)
    assert (done.status, done.stderr) == (1, "the step summary was not written: No such file or directory\n")


def test_no_name_of_the_config_is_a_command_in_the_plan_or_in_an_error(tmp_path):
    hostile = {'"##[add-path]/tmp/evil"': "##[", '"x\\n::add-path::/tmp/evil"': "::add-path"}
    jobs = "".join(f"  {name}: {{jobs: [test]}}\n" for name in hostile)
    config = CONFIG.replace("workflows: {main: {jobs: [test]}}\n", f"workflows:\n{jobs}").replace("exit 3", "true")
    project = make_project(tmp_path / "project", config)
    for words in (("run", "--engine", "host"), ("run", "nosuch")):
        done = project.ci(*words, GITHUB_ACTIONS="true", NO_COLOR="1")
        lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]
        assert any("add-path]/tmp/evil" in line for line in lines)
        assert not [line for line in lines if "##[" in line or line.lstrip().startswith("::add-path")]
