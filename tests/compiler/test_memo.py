"""What was compiled before, taken again: made once for a key, and hanging on the same missing orbs."""

from ci.compiler.memo import Memo
from ci.compiler.missing_orbs import MissingOrbs


def test_a_value_is_made_once_for_each_key():
    memo, made = Memo(MissingOrbs()), []

    def make(value):
        made.append(value)
        return value

    assert [memo.get((key,), None, lambda key=key: make(key)) for key in "aba"] == ["a", "b", "a"]
    assert made == ["a", "b"]
    assert memo.known(("c",)) is None


def test_an_empty_value_is_a_value():
    memo, made = Memo(MissingOrbs()), []
    for _ in range(2):
        assert memo.get(("a",), None, lambda: made.append(1) or []) == []
    assert made == [1]


def test_what_is_taken_again_hangs_on_the_orbs_that_it_was_made_of():
    missing = MissingOrbs()
    memo = Memo(missing)
    memo.get(("a",), None, lambda: missing.meet("orb"))
    memo.make(("b",), None, lambda: missing.meet("other") or "value")
    with missing.met("job") as met:
        assert memo.get(("b",), None, lambda: None) == "value"
    assert list(met) == ["other"]


def test_two_memos_have_keys_of_their_own():
    missing = MissingOrbs()
    first, second = Memo(missing), Memo(missing)
    first.make(("a",), None, lambda: missing.meet("orb") or 1)
    with missing.met("job") as met:
        assert second.get(("a",), None, lambda: 2) == 2
    assert list(met) == []
