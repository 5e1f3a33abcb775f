"""Near names: the nearest of few, found among many at a bounded cost."""

import random
from difflib import get_close_matches

from ci.compiler.diagnostics import Diagnostics
from ci.errors import SHOWN
from ci.source.suggest import CANDIDATES, COMPARED, first_names, listing, suggest


class Counted:
    """An iterable of names that counts how many were looked at."""

    def __init__(self, names):
        self.names = names
        self.seen = 0

    def __iter__(self):
        for name in self.names:
            self.seen += 1
            yield name


def test_the_nearest_name_is_suggested():
    assert suggest("biuld", ["test", "build", "builder"]) == "did you mean 'build'?"
    assert suggest("xyz", ["test", "build"]) is None


def test_a_name_in_other_case_is_the_nearest():
    assert suggest("BUILD", ["builds", "build"]) == "did you mean 'build'?"


def test_among_many_names_it_is_the_one_that_comparing_all_finds():
    letters = random.Random(1)
    names = ["".join(letters.choices("abcdefghijklm-", k=letters.randint(6, 14))) for _ in range(300)]
    for name in names:
        swapped = name[1] + name[0] + name[2:]
        others = [each for each in names if each != swapped]
        nearest = get_close_matches(swapped, others, n=1)
        assert suggest(swapped, names) == (f"did you mean '{nearest[0]}'?" if nearest else None)


def test_few_of_many_names_are_compared_letter_by_letter(monkeypatch):
    compared = []
    monkeypatch.setattr("difflib.get_close_matches", lambda name, names, **_: compared.extend(names) or [])
    known = Counted([f"job-{number:06d}" for number in range(100_000)])
    suggest("jbo-000001x", known)
    assert known.seen <= CANDIDATES + 1
    assert len(compared) <= COMPARED


def test_a_name_of_a_thousand_letters_is_near_nothing():
    assert suggest("a" * 1000, ["a" * 999]) is None
    assert suggest("a" * 90, ["a" * 1000, "a" * 89]) == f"did you mean '{'a' * 89}'?"


def test_a_listing_is_sorted_and_counts_what_it_leaves_out():
    assert listing(["b", "a"]) == "a, b"
    assert listing(map(str, range(100)), 3) == "0, 1, 10, ... (100 in all)"


def test_names_in_a_message_keep_their_order_and_the_others_are_counted():
    assert first_names("ba", 2) == "b, a"
    assert first_names(map(str, range(100_000)), 100_000, 2) == "0, 1 and 99,998 more"


def test_problems_that_are_only_counted_look_for_no_hint():
    known = Counted([f"job-{number:06d}" for number in range(50)])
    diagnostics = Diagnostics("config.yml")
    for number in range(10_000):
        diagnostics.error(None, f"no job jbo-{number}", diagnostics.suggest(f"jbo-{number:06d}", known))
    assert known.seen <= 2 * SHOWN * 50
