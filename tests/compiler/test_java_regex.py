"""Java's regular expressions: what they match, and what all of them together may cost."""

import pytest

from ci.compiler.java_regex import Matcher, RegexProblem
from ci.source.limits import LIMITS


class Clock:
    """A clock that goes on by so many seconds each time that it is read."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.reads = 0

    def __call__(self):
        self.reads += 1
        return self.reads * self.seconds


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"v\d+(\.\d+){1,2}", "v1.2.3", True),
        ("release/.*", "release/", True),
        ("main", "maine", False),
        ("[]a]+", "]a", True),
    ],
)
def test_the_whole_text_must_match(pattern, text, matches):
    assert Matcher().full_match(pattern, text) is matches


def test_all_patterns_together_have_a_limit():
    clock = Clock(LIMITS.all_regexes_seconds / 10)
    matcher = Matcher(clock)
    for number in range(10):
        matcher.full_match(f"a{number}", "a")
    for number in range(1000):
        with pytest.raises(RegexProblem, match="in all"):
            matcher.full_match(f"b{number}", "a")
    assert clock.reads == 20


def test_without_a_clock_the_patterns_that_run_into_their_own_limit_are_counted():
    matcher = Matcher(left=1.5 * LIMITS.regex_seconds)
    slow = "^(a|aa)+$", "a" * 5000 + "!"
    for _ in range(2):
        with pytest.raises(RegexProblem, match="takes more than 1 s"):
            matcher.full_match(*slow)
    with pytest.raises(RegexProblem, match="in all"):
        matcher.full_match(*slow)


@pytest.mark.parametrize(
    "pattern",
    ["((a{1000}){1000}){1000}", "((((((a{60}){60}){60}){60}){60}){60})", "a{999999999}", "([ab]{2000}){2000}"],
)
def test_a_pattern_that_would_fill_the_memory_is_refused_before_it_is_compiled(pattern):
    with pytest.raises(RegexProblem, match="repeats too often"):
        Matcher().full_match(pattern, "a")


@pytest.mark.parametrize(
    "pattern", [r"(\d{1,9}\.){2,9}\d{1,64}", r"([a-z]{1,100}/){1,100}x", r"\{9999999\}", r"[{9999999}]+"]
)
def test_an_ordinary_repetition_is_not(pattern):
    Matcher().full_match(pattern, "a")


def test_a_pattern_is_cut_in_an_error():
    with pytest.raises(RegexProblem) as problem:
        Matcher().full_match("(" * 90_000, "a")
    assert len(str(problem.value)) < 1000
