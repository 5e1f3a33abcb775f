"""The ``circleci`` command inside a job, called as a step calls it.

https://circleci.com/docs/guides/optimize/use-the-circleci-cli-to-split-tests/
"""

import os
import subprocess

import pytest

from ci.runtime.command import SCRIPT, TIMINGS

FILES = ["a_test.py", "b_test.py", "b.txt", "src/c_test.py", "src/deep/d_test.py", "src/deep/.hidden_test.py", "x y.py"]


@pytest.fixture
def call(tmp_path):
    work, data = tmp_path / "work", tmp_path / "data"
    for folder in (work / "src" / "deep", data):
        folder.mkdir(parents=True)
    for name in FILES:
        (work / name).write_text("")

    def call(*words, given="", **environ):
        variables = {"PATH": os.environ["PATH"], "CIRCLE_INTERNAL_TASK_DATA": str(data), **environ}
        done = subprocess.run(
            ["sh", str(SCRIPT), *words], cwd=work, env=variables, input=given, capture_output=True, text=True
        )
        call.status, call.error = done.returncode, done.stderr
        return done.stdout.splitlines()

    call.work, call.data = work, data
    return call


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["*.py"], ["a_test.py", "b_test.py", "x y.py"]),
        (["*_test.py"], ["a_test.py", "b_test.py"]),
        (
            ["**/*_test.py"],
            ["a_test.py", "b_test.py", "src/c_test.py", "src/deep/.hidden_test.py", "src/deep/d_test.py"],
        ),
        (["src/*_test.py"], ["src/c_test.py"]),
        (["src/**/d_test.py"], ["src/deep/d_test.py"]),
        (["src/**"], ["src/c_test.py", "src/deep/.hidden_test.py", "src/deep/d_test.py"]),
        (["?_test.py"], ["a_test.py", "b_test.py"]),
        (["[ab]_test.py"], ["a_test.py", "b_test.py"]),
        (["[a-a]_test.py"], ["a_test.py"]),
        (["{a,b}_test.py"], ["a_test.py", "b_test.py"]),
        (["{a_test.py,src/{c,none}_test.py}"], ["a_test.py", "src/c_test.py"]),
        (["b.*", "b_test.py", "*.txt"], ["b.txt", "b_test.py"]),
        (["./a*.py"], ["a_test.py"]),
        (["none/*", "bxtxt"], []),
    ],
)
def test_glob_finds_files_by_the_documented_patterns(call, patterns, found):
    assert call("tests", "glob", *patterns) == found
    assert call.status == 0


def test_the_shares_of_all_nodes_are_the_whole_and_have_nothing_in_common(call):
    names = [f"t{n:02}.py" for n in range(11)]
    shares = [call("tests", "split", "--total=3", f"--index={n}", given="\n".join(names)) for n in range(3)]
    assert sorted(name for share in shares for name in share) == names
    assert sorted(map(len, shares)) == [3, 4, 4]


def test_index_and_total_are_the_nodes_own_by_default(call):
    assert call("tests", "split", given="a b", CIRCLE_NODE_INDEX="1", CIRCLE_NODE_TOTAL="2") == ["b"]
    assert call("tests", "split", given="a b") == ["a", "b"]


def test_names_may_come_from_a_file(call):
    (call.work / "names").write_text("b\na\n")
    assert call("tests", "split", "names") == ["a", "b"]


def test_by_filesize_the_biggest_stands_alone(call):
    for name, size in (("big", 900), ("m", 300), ("n", 290), ("o", 280)):
        (call.work / name).write_text("x" * size)
    shares = [
        call("tests", "split", "--split-by=filesize", "--total=2", f"--index={n}", given="m n o big") for n in (0, 1)
    ]
    assert shares == [["big"], ["m", "n", "o"]]


def test_by_timings_of_earlier_runs(call):
    (call.data / TIMINGS).write_text(
        "filename\t9\ta\nfilename\t3\tb\nfilename\t3\tc\nfilename\t3\td\nclassname\t1\tb\n"
    )
    by = ["tests", "split", "--split-by=timings", "--total=2"]
    shares = [call(*by, f"--index={n}", given="a b c d") for n in (0, 1)]
    assert shares == [["a"], ["b", "c", "d"]]
    shares = [call(*by, "--timings-type=filename", f"--index={n}", given="a b c d") for n in (0, 1)]
    assert shares == [["a"], ["b", "c", "d"]]


def test_a_test_without_a_time_weighs_what_time_default_says(call):
    (call.data / TIMINGS).write_text("testname\t1\ta\ntestname\t1\tb\n")
    by = ["tests", "split", "--split-by=timings", "--total=2", "--time-default=1m"]
    assert [call(*by, f"--index={n}", given="a b new") for n in (0, 1)] == [["new"], ["a", "b"]]


def test_without_times_it_falls_back_to_names_and_says_so(call):
    assert call("tests", "split", "--split-by=timings", "--total=2", "--index=0", given="b a") == ["a"]
    assert "falling back to weighting by name" in call.error


@pytest.mark.parametrize(
    "flags",
    [
        ["--index=2", "--total=2"],
        ["--total=0"],
        ["--total=x"],
        ["--split-by=age"],
        ["--timings-type=x"],
        ["--unknown=1"],
        ["--split-by"],
    ],
)
def test_a_wrong_flag_is_an_error(call, flags):
    assert call("tests", "split", *flags, given="a") == []
    assert call.status != 0
    assert call.error.startswith("Error: ")


def test_run_gives_the_nodes_share_to_the_command(call):
    words = ["tests", "run", "--command=xargs echo ran", "--total=2"]
    assert call(*words, "--index=1", given="a b c d") == ["ran b d"]
    assert call("tests", "run", "--command=cat >/dev/null; exit 3", given="a") == []
    assert call.status == 3


def test_run_with_nothing_to_run_is_no_failure(call):
    assert call("tests", "run", "--command=exit 1", given="")[0].startswith("No tests")
    assert call.status == 0


@pytest.mark.parametrize("words", [("step", "halt"), ("task", "halt")])
def test_halt_leaves_the_mark_that_ends_the_job(call, words):
    call(*words)
    assert (call.data / "halt").exists()


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("hello $WHO, ${WHO}!", "hello you, you!"),
        ("[$NOBODY] [${NOBODY}]", "[] []"),
        ("${NOBODY:-default} ${EMPTY:-default} ${EMPTY-kept} ${WHO:+set}", "default default  set"),
        ("a $ b, $1, 100%", "a $ b, $1, 100%"),
        ("value of $REGEX is literal", "value of a&b\\1$WHO is literal"),
    ],
)
def test_env_subst_puts_values_in_place_of_names(call, text, result):
    environ = {"WHO": "you", "EMPTY": "", "REGEX": "a&b\\1$WHO"}
    assert call("env", "subst", text, **environ) == [result]
    assert call("env", "subst", given=text, **environ) == [result]


def test_what_is_no_command_of_a_job_says_what_there_is(call):
    call("config", "validate")
    assert call.status == 127
    assert "circleci tests glob" in call.error
    assert call("version")


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "-h",
        "help",
        "help tests",
        "tests",
        "tests --help",
        "tests -h",
        "tests run --help",
        "tests split --help",
        "tests split --split-by=name -h",
        "tests glob --help",
        "step --help",
        "step halt --help",
        "env subst --help",
        "version --help",
        "config validate --help",
    ],
)
def test_help_is_given_and_is_no_failure(call, words):
    lines = call(*words.split())
    assert (call.status, call.error) == (0, "")
    assert lines[0] == "The circleci command of a local job:"
    assert not (call.data / "halt").exists()


def test_help_that_belongs_to_another_program_is_not_ours(call):
    assert call("tests", "run", "--command", "--help", given="a") != ["The circleci command of a local job:"]
    assert call("env", "subst", "say", "--help") == ["say --help"]
    assert call("tests", "run", "--command=xargs echo --help", given="a b") == ["--help a b"]
