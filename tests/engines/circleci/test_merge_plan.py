"""One executor's share of a plan becomes one job: order, each step once, environments, images."""

import pytest
import yaml

from ci.compiler.compile import Mode, compile_config
from ci.compiler.orb_imports import NoOrbs
from ci.compiler.pipeline_values import PipelineValues
from ci.engines.circleci.config import left_out, version2
from ci.engines.circleci.merge_plan import merged_plan
from ci.errors import UsageError
from ci.workflow.load_jobs import workflows
from ci.workflow.plan import Selection, make_plan

EXECUTORS = """
    version: 2.1
    executors:
      old: {docker: [{image: image/old}]}
      new: {docker: [{image: image/new}]}
    """


def plan(text, **selection):
    from textwrap import dedent

    compiled = compile_config(dedent(text), "config.yml", PipelineValues(), NoOrbs(), mode=Mode(partial=True))
    return merged_plan(make_plan(workflows(compiled.workflows, compiled.jobs, "")[0], Selection(**selection)))


def jobs(plan):
    """Each unit's name and the job that ``local execute`` gets."""
    found = {}
    for each in plan.instances:
        if each.job:
            document = yaml.safe_load(version2(plan.workflow.name, each.job))
            assert document["workflows"][plan.workflow.name] == {"jobs": [each.name]}
            found[each.name] = document["jobs"][each.name]
    return found


def job(plan):
    [found] = jobs(plan).values()
    return found


def commands(job):
    return [step["run"]["command"] if isinstance(step, dict) else step for step in job["steps"]]


CHAIN = (
    EXECUTORS
    + """
    jobs:
      test: {executor: new, steps: [checkout, run: install, run: test]}
      build: {executor: new, steps: [checkout, run: install, run: build]}
      lint: {executor: new, steps: [run: lint]}
    workflows: {w: {jobs: [test: {requires: [build]}, build, lint]}}
    """
)


def test_jobs_are_merged_in_dependency_order_and_each_step_is_there_once():
    found = job(plan(CHAIN))
    assert [word for word in commands(found) if word != "lint"] == ["checkout", "install", "build", "test"]
    assert commands(found).count("lint") == 1
    assert found["docker"] == [{"image": "image/new"}]


def test_a_job_that_was_asked_for_is_merged_with_its_parents_alone_and_gives_the_name():
    found = plan(CHAIN, jobs=("test",))
    assert [each.name for each in found.instances] == ["test"]
    assert [each.name for each in found.instances[0].merged] == ["build", "test"]
    assert commands(job(found)) == ["checkout", "install", "build", "test"]


def test_without_parents_the_job_stands_alone():
    assert commands(job(plan(CHAIN, jobs=("test",), parents=False))) == ["checkout", "install", "test"]


def test_a_step_that_one_job_has_twice_stays_twice():
    text = (
        EXECUTORS + "\n    jobs: {a: {executor: new, steps: [run: tick, run: tick]}}\n    workflows: {w: {jobs: [a]}}"
    )
    assert commands(job(plan(text))) == ["tick", "tick"]


def test_what_environments_have_in_common_stays_the_jobs_and_the_rest_goes_to_the_steps():
    text = """
    version: 2.1
    jobs:
      a:
        docker: [{image: i, environment: {PROGRAM: "1"}}]
        environment: {ONLY: a, BOTH: x}
        steps: [run: same, run: {command: one, environment: {ONLY: step}}]
      b:
        docker: [{image: i}]
        environment: {ONLY: b, BOTH: x}
        steps: [run: same]
    workflows: {w: {jobs: [a, b: {requires: [a]}]}}
    """
    found = job(plan(text))
    assert found["environment"] == {"BOTH": "x"}
    assert found["docker"] == [{"image": "i", "environment": {"PROGRAM": "1"}}]
    assert [step["run"] for step in found["steps"]] == [
        {"command": "same", "environment": {"ONLY": "a"}},
        {"command": "one", "environment": {"ONLY": "step"}},
        {"command": "same", "environment": {"ONLY": "b"}},  # in another environment it is another step
    ]


def test_a_job_of_another_folder_or_shell_keeps_them():
    text = """
    version: 2.1
    jobs:
      a: {docker: [{image: i}], working_directory: /one, steps: [checkout, run: pwd]}
      b:
        docker: [{image: i}]
        working_directory: /two
        shell: /bin/sh
        steps:
          - checkout
          - run: pwd
          - run: {command: ls, working_directory: below}
          - run: {command: id, working_directory: ~/x}
    workflows: {w: {jobs: [a, b: {requires: [a]}]}}
    """
    found = job(plan(text))
    assert found["working_directory"] == "/one"
    assert "shell" not in found
    assert found["steps"] == [
        "checkout",
        {"run": {"command": "pwd"}},
        {"checkout": {"path": "/two"}},
        {"run": {"command": "pwd", "shell": "/bin/sh", "working_directory": "/two"}},
        {"run": {"command": "ls", "shell": "/bin/sh", "working_directory": "/two/below"}},
        {"run": {"command": "id", "shell": "/bin/sh", "working_directory": "~/x"}},
    ]


def test_parents_of_another_image_are_an_error_that_names_them_and_recommends_docker():
    text = (
        EXECUTORS
        + """
    jobs:
      base: {executor: old, steps: [run: "true"]}
      tools: {machine: true, steps: [run: "true"]}
      test: {executor: new, steps: [run: "true"]}
    workflows: {w: {jobs: [base, tools, test: {requires: [base, tools]}]}}
    """
    )
    with pytest.raises(UsageError) as caught:
        plan(text, jobs=("test",))
    [problem] = caught.value.problems
    assert "base (image/old), tools (machine) cannot be merged with test (image/new)" in problem.message
    assert "--engine docker" in problem.hint
    assert problem.position.file == "config.yml"


def test_each_executor_is_a_unit_of_its_own():
    text = (
        EXECUTORS
        + """
    jobs:
      t:
        parameters: {on: {type: executor}}
        executor: << parameters.on >>
        steps: [run: t]
      b:
        parameters: {on: {type: executor}}
        executor: << parameters.on >>
        steps: [run: b]
    workflows:
      w:
        jobs:
          - b: {name: b-<< matrix.on >>, matrix: {parameters: {on: [old, new]}}}
          - t: {name: t-<< matrix.on >>, matrix: {parameters: {on: [old, new]}}, requires: [b-<< matrix.on >>]}
    """
    )
    found = jobs(plan(text))
    assert {name: job["docker"][0]["image"] for name, job in found.items()} == {
        "w-old": "image/old",
        "w-new": "image/new",
    }
    assert [commands(job) for job in found.values()] == [["b", "t"]] * 2
    assert list(jobs(plan(text, executors=("old",)))) == ["w"]


def test_units_of_one_executor_with_several_images_have_names_of_their_own():
    text = """
    version: 2.1
    executors:
      py:
        parameters: {tag: {type: string}}
        docker: [{image: "py:<< parameters.tag >>"}]
    jobs:
      a: {executor: {name: py, tag: a}, steps: [run: a]}
      b: {executor: {name: py, tag: a}, steps: [run: b]}
      c: {executor: {name: py, tag: b}, steps: [run: c]}
      d: {executor: {name: py, tag: b}, steps: [run: d]}
    workflows: {w: {jobs: [a, b, c, d]}}
    """
    assert list(jobs(plan(text))) == ["w-py", "w-py-2"]


def test_services_of_all_jobs_stand_beside_the_primary_container():
    text = """
    version: 2.1
    jobs:
      a: {docker: [{image: i}, {image: db}], steps: [run: a]}
      b: {docker: [{image: i}, {image: db}, {image: queue, command: [serve, "1"]}], steps: [run: b]}
    workflows: {w: {jobs: [a, b]}}
    """
    assert job(plan(text))["docker"] == [{"image": "i"}, {"image": "db"}, {"image": "queue", "command": ["serve", "1"]}]


def test_steps_that_local_execute_has_not_are_left_out_and_listed_once():
    text = """
    version: 2.1
    jobs:
      a:
        docker: [{image: i}]
        steps:
          - checkout
          - restore_cache: {keys: [k]}
          - run: a
          - save_cache: {key: k, paths: [p]}
          - persist_to_workspace: {root: ., paths: [p]}
      b:
        docker: [{image: i}]
        steps:
          - attach_workspace: {at: .}
          - run: {name: named, command: b, when: always, background: true, no_output_timeout: 5m}
          - restore_cache: {keys: [other]}
          - store_test_results: {path: r}
          - store_artifacts: {path: p}
          - add_ssh_keys
          - setup_remote_docker
    workflows: {w: {jobs: [a, b: {requires: [a]}]}}
    """
    found = plan(text)
    run = {"name": "named", "command": "b", "background": True, "no_output_timeout": "300s", "when": "always"}
    assert job(found)["steps"] == ["checkout", {"run": {"command": "a"}}, {"run": run}, "setup_remote_docker"]
    assert left_out(found.instances[0].job) == (
        "Restoring Cache",
        "Saving Cache",
        "Persisting to Workspace",
        "Attaching Workspace",
        "Uploading test results",
        "Uploading artifacts",
        "Installing additional SSH keys",
    )


def test_a_share_waits_for_the_approvals_in_it_and_no_ops_vanish():
    text = """
    version: 2.1
    jobs:
      a: {docker: [{image: i}], steps: [run: a]}
      b: {docker: [{image: i}], steps: [run: b]}
    workflows: {w: {jobs: [a, hold: {type: approval, requires: [a]}, b: {requires: [hold]}]}}
    """
    found = plan(text)
    assert [(each.name, [need.name for need in each.needs]) for each in found.instances] == [
        ("hold", []),
        ("w", ["hold"]),
    ]
    assert commands(job(found)) == ["a", "b"]


def test_a_job_that_waits_for_a_failure_is_left_out_with_those_behind_it():
    text = """
    version: 2.1
    jobs:
      a: {docker: [{image: i}], steps: [run: a]}
      notify: {docker: [{image: i}], steps: [run: notify]}
      after: {docker: [{image: i}], steps: [run: after]}
    workflows: {w: {jobs: [a, notify: {requires: [a: [failed]]}, after: {requires: [notify]}]}}
    """
    found = plan(text)
    assert commands(job(found)) == ["a"]
    assert [each.name for each, _ in found.left_out] == ["notify", "after"]


def test_a_job_that_lacks_an_orb_is_left_out_with_those_behind_it():
    found = plan(
        EXECUTORS
        + """
    orbs: {tool: acme/tool@1}
    jobs:
      build: {executor: new, steps: [tool/go]}
      test: {executor: new, steps: [run: test]}
      lint: {executor: new, steps: [run: lint]}
    workflows: {w: {jobs: [build, test: {requires: [build]}, lint]}}
    """
    )
    assert commands(job(found)) == ["lint"]
    assert {each.name: why for each, why in found.left_out} == {
        "build": "its orb acme/tool@1 is missing",
        "test": "it requires build, which is left out",
    }


def test_a_machine_job_stays_by_itself_for_the_engine_to_refuse():
    text = """
    version: 2.1
    jobs:
      a: {docker: [{image: i}], steps: [run: a]}
      m: {machine: true, steps: [run: m]}
    workflows: {w: {jobs: [a, m: {requires: [a]}]}}
    """
    assert [(each.name, each.needs) for each in plan(text).instances] == [("a", ()), ("m", ())]


def test_heredocs_and_numbers_in_quotes_come_through():
    text = """
    version: 2.1
    jobs:
      a:
        docker: [{image: i}]
        environment: {VERSION: "3.10"}
        steps:
          - run: |
              cat \\<<END
              x
              END
    workflows: {w: {jobs: [a]}}
    """
    found = job(plan(text))
    assert found["environment"] == {"VERSION": "3.10"}
    assert commands(found) == ["cat <<END\nx\nEND\n"]
