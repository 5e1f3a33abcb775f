"""What a machine refuses to one job fails that job, and no other."""

from ..projects import make_project

CONFIG = """
    version: 2.1
    jobs:
      breaking:
        machine: true
        steps: [run: 'for run in {state}/runs/2*; do mkdir "$run/log/broken.log"; done']
      broken: {{machine: true, steps: [run: echo broken]}}
      free: {{machine: true, steps: [run: echo free]}}
    workflows: {{w: {{jobs: [breaking, broken, free]}}}}
    """


def test_a_job_whose_folder_cannot_be_made_fails_and_says_why_and_the_others_run(tmp_path):
    project = make_project(tmp_path, CONFIG.format(state=tmp_path / ".nox/ci"))
    done = project.run("w", "--isolation", "folder")
    assert done.jobs() == {"breaking": "success", "broken": "failed", "free": "success"}
    assert "log/broken.log" in done.finish("broken")["reason"]
    assert done.stderr == ""
