"""The key of a job: whatever it can see changes it, each change by the name of what has changed; nothing else does."""

from dataclasses import replace

import pytest

from ci.errors import Position
from ci.reuse.job_key import (
    PARTS,
    RUN_IDS,
    Difference,
    Sight,
    differences,
    job_key,
    named_ids,
    never_reused,
    reads_files,
)
from ci.workflow.job_instances import JobInstance
from ci.workflow.model import (
    AttachWorkspace,
    Checkout,
    Image,
    Job,
    PersistToWorkspace,
    RestoreCache,
    Run,
    SaveCache,
    SetupRemoteDocker,
    StoreArtifacts,
    StoreTestResults,
)

HERE, THERE = Position("config.yml", 1, 1), Position("config.yml", 7, 3)
IDS = dict.fromkeys(RUN_IDS, "1")
STEPS = (
    Checkout(HERE),
    RestoreCache(HERE, ("v1-{{ checksum \"lock\" }}", "v1-")),
    Run(HERE, "Test", "make test", environment=(("LEVEL", "1"),)),
    SaveCache(HERE, "v1-{{ checksum \"lock\" }}", ("deps",)),
    AttachWorkspace(HERE, "/tmp/ws"),
    PersistToWorkspace(HERE, "out", ("built",)),
    StoreArtifacts(HERE, "out"),
    StoreTestResults(HERE, "results"),
)  # fmt: skip
IMAGES = (Image("cimg/base", HERE), Image("postgres:16", HERE, environment=(("POSTGRES_DB", "app"),)))
JOB = Job("test", HERE, STEPS, "docker", IMAGES, environment=(("MODE", "fast"),), resource_class="medium")
SIGHT = Sight(
    job=JOB,
    variables=tuple({"CIRCLE_BRANCH": "main", "CIRCLE_SHA1": "a" * 40, "CIRCLE_JOB": "test", **IDS}.items()),
    place={"engine": "docker", "image cimg/base": "sha256:1", "image postgres:16": "sha256:2"},
    repository={"HEAD": "refs/heads/main", "refs/tags/v1": "a" * 40},
    files={"src/a.py": "1", "src/b.py": "removed"},
    parameters={"level": "1"},
    given=(("TOKEN", "s3cret-value"),),
    passed=(("LICENSE", "own-value"),),
    options={"tty": "false"},
    platform={"machine": "x86_64"},
    package="1.0",
)


def in_job(**changes):
    return replace(SIGHT, job=replace(JOB, **changes))


def with_step(number, **changes):
    steps = list(STEPS)
    steps[number - 1] = replace(steps[number - 1], **changes)
    return in_job(steps=tuple(steps))


def with_image(number, **changes):
    images = list(IMAGES)
    images[number - 1] = replace(images[number - 1], **changes)
    return in_job(images=tuple(images))


def variable(name, value):
    return replace(SIGHT, variables=tuple({**dict(SIGHT.variables), name: value}.items()))


CHANGES = [
    ("steps", "3 'Test'", with_step(3, command="make check")),
    ("steps", "3 'Test'", with_step(3, environment=(("LEVEL", "2"),))),
    ("steps", "3 'Test'", with_step(3, environment=())),
    ("steps", "3 'Test'", with_step(3, shell="sh")),
    ("steps", "3 'Test'", with_step(3, working_directory="sub")),
    ("steps", "3 'Test'", with_step(3, when="always")),
    ("steps", "3 'Test'", with_step(3, background=True)),
    ("steps", "3 'Test'", with_step(3, no_output_timeout=5.0)),
    ("steps", "3 'Test'", with_step(3, max_auto_reruns=1)),
    ("steps", "3 'Check'", with_step(3, name="Check")),
    ("steps", "1 'Checkout code'", with_step(1, path="src")),
    ("steps", "2 'Restoring Cache'", with_step(2, keys=("v2-",))),
    ("steps", "4 'Saving Cache'", with_step(4, key="v2-{{ checksum \"lock\" }}")),
    ("steps", "4 'Saving Cache'", with_step(4, paths=("deps", "more"))),
    ("steps", "5 'Attaching Workspace'", with_step(5, at="/tmp/other")),
    ("steps", "6 'Persisting to Workspace'", with_step(6, paths=("other",))),
    ("steps", "7 'Uploading artifacts'", with_step(7, destination="there")),
    ("steps", "8 'Uploading test results'", with_step(8, path="others")),
    ("steps", "8 'Uploading test results'", in_job(steps=STEPS[:-1])),
    ("steps", "9 'Test'", in_job(steps=(*STEPS, STEPS[2]))),
    ("executor", "executor", in_job(executor="machine")),
    ("executor", "machine_image", in_job(machine_image="ubuntu-2404:current")),
    ("executor", "working_directory", in_job(working_directory="~/other")),
    ("executor", "shell", in_job(shell="bash")),
    ("executor", "resource_class", in_job(resource_class="large")),
    ("executor", "parallelism", in_job(parallelism=2)),
    ("executor", "name", in_job(name="test-2")),
    ("executor", "image 1", with_image(1, image="cimg/go")),
    ("executor", "image 1", with_image(1, user="root")),
    ("executor", "image 1", with_image(1, entrypoint=("sh",))),
    ("executor", "image 2", with_image(2, command=("postgres", "-c", "fsync=off"))),
    ("executor", "image 2", with_image(2, environment=(("POSTGRES_DB", "other"),))),
    ("executor", "image 2", with_image(2, name="db")),
    ("executor", "image 2", in_job(images=IMAGES[:1])),
    ("environment", "MODE", in_job(environment=(("MODE", "slow"),))),
    ("environment", "MORE", in_job(environment=(("MODE", "fast"), ("MORE", "1")))),
    ("images and machine", "image cimg/base", replace(SIGHT, place={**SIGHT.place, "image cimg/base": "sha256:3"})),
    ("images and machine", "image postgres:16", replace(SIGHT, place={**SIGHT.place, "image postgres:16": "sha256:3"})),
    ("images and machine", "engine", replace(SIGHT, place={**SIGHT.place, "engine": "podman"})),
    ("CircleCI's variables", "CIRCLE_BRANCH", variable("CIRCLE_BRANCH", "other")),
    ("CircleCI's variables", "CIRCLE_TAG", variable("CIRCLE_TAG", "v1")),
    ("CircleCI's variables", "CIRCLE_SHA1", variable("CIRCLE_SHA1", "b" * 40)),
    ("CircleCI's variables", "CIRCLE_REPOSITORY_URL", variable("CIRCLE_REPOSITORY_URL", "https://example.com/a/b")),
    ("pipeline parameters", "level", replace(SIGHT, parameters={"level": "2"})),
    ("pipeline parameters", "more", replace(SIGHT, parameters={"level": "1", "more": "true"})),
    ("variables given", "TOKEN", replace(SIGHT, given=(("TOKEN", "other"),))),
    ("variables given", "MORE", replace(SIGHT, given=(*SIGHT.given, ("MORE", "")))),
    ("variables passed", "LICENSE", replace(SIGHT, passed=(("LICENSE", "other"),))),
    ("repository", "refs/tags/v2", replace(SIGHT, repository={**SIGHT.repository, "refs/tags/v2": "a"})),
    ("files", "src/a.py", replace(SIGHT, files={**SIGHT.files, "src/a.py": "2"})),
    ("files", "src/b.py", replace(SIGHT, files={"src/a.py": "1"})),
    ("files", "new", replace(SIGHT, files={**SIGHT.files, "new": "1"})),
    ("options", "tty", replace(SIGHT, options={"tty": "true"})),
    ("platform", "machine", replace(SIGHT, platform={"machine": "aarch64"})),
    ("package", "version", replace(SIGHT, package="1.1")),
]  # fmt: skip


def key(sight):
    return job_key(sight, lambda value: f"<{sum(value.encode())}-{len(value)}-{hash(value)}>")


@pytest.mark.parametrize(("part", "name", "changed"), CHANGES)
def test_every_change_of_what_a_job_can_see_is_named(part, name, changed):
    (found,) = differences(key(SIGHT), key(changed))
    assert (found.part, name in found.names) == (part, True)


def test_a_difference_is_a_line_that_names_the_first_three_each_cut_to_a_readable_length():
    line = str(Difference("files", ("a", "b\nc", "d" * 200, "e", "f")))
    assert line.startswith("files: a, b c, ddd")
    assert line.endswith("d and 2 more")
    assert len(line) < 130
    assert str(Difference("files", ("a",))) == "files: a"


def test_each_part_before_the_job_starts_is_among_the_changes():
    assert {part for part, _, _ in CHANGES} == set(PARTS) - {"workspace", "caches"}


def test_the_place_of_a_job_in_the_config_does_not_count():
    moved = replace(JOB, position=THERE, steps=tuple(replace(each, position=THERE) for each in STEPS),
                    images=tuple(replace(each, position=THERE) for each in IMAGES))  # fmt: skip
    assert key(replace(SIGHT, job=moved)) == key(SIGHT)


@pytest.mark.parametrize("name", RUN_IDS)
def test_the_ids_of_a_run_do_not_count(name):
    assert key(variable(name, "2")) == key(SIGHT)


NAMING = {
    "a command": lambda name: with_step(3, command=f"echo ${name}"),
    "a step's environment": lambda name: with_step(3, environment=(("BUILD", f"$({name})"),)),
    "the job's environment": lambda name: in_job(environment=(("BUILD", f"${name}"),)),
    "an image's environment": lambda name: with_image(2, environment=(("BUILD", f"${name}"),)),
    "a path": lambda name: with_step(7, path=f"out/${name}"),
    "the key of a cache": lambda name: with_step(2, keys=(f"v1-{{{{ .Environment.{name} }}}}",)),
}  # fmt: skip


@pytest.mark.parametrize("name", RUN_IDS)
@pytest.mark.parametrize("place", NAMING)
def test_an_id_counts_for_a_job_whose_text_names_it(name, place):
    first = NAMING[place](name)
    again = replace(first, variables=tuple({**dict(first.variables), name: "2"}.items()))
    assert named_ids(first.job) == {name}
    assert [each.names for each in differences(key(first), key(again))] == [(name,)]


@pytest.mark.parametrize(("template", "name"), [("{{ .BuildNum }}", "CIRCLE_BUILD_NUM"), ("{{ epoch }}", "epoch")])
@pytest.mark.parametrize("number", [2, 4])
def test_a_number_or_time_counts_if_the_key_of_a_cache_has_it(template, name, number):
    first = with_step(number, **({"keys": (f"v1-{template}",)} if number == 2 else {"key": f"v1-{template}"}))
    again = replace(first, moment="2", variables=tuple({**dict(first.variables), name: "2"}.items()))
    assert name in differences(key(first), key(again))[0].names


def test_values_are_in_no_key():
    text = str(job_key(SIGHT, lambda value: "digest"))
    assert [each for each in ("s3cret", "own-value", "make test") if each in text] == []


def test_a_job_depends_on_files_if_it_checks_out():
    assert reads_files(JOB)
    assert not reads_files(replace(JOB, steps=STEPS[1:]))


def instance(**keys):
    keys = {"contexts": (), "job": JOB, **keys}
    return JobInstance("test-1", "build", "test", "tests", (), (), position=HERE, **keys)


@pytest.mark.parametrize(
    ("job", "listed", "reason"),
    [
        (instance(), (), ""),
        (instance(), ("other",), ""),
        (instance(contexts=("deploy",)), (), "it has the context deploy"),
        (instance(job=replace(JOB, steps=(SetupRemoteDocker(HERE),))), (), "it uses setup_remote_docker"),
        *((instance(), (name,), "the settings list it in no-reuse") for name in ("test-1", "test", "tests")),
    ],
)
def test_some_jobs_always_run_unless_the_settings_allow_them_by_name(job, listed, reason):
    assert never_reused(job, listed, ()) == reason
    assert never_reused(job, listed, ("other",)) == reason
    for name in job.names:
        assert never_reused(job, listed, (name,)) == ""
