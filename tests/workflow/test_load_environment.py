"""Values of ``environment`` as processes get them.

The configuration reference (environment) warns of booleans becoming 1 and 0 and of numbers of seven digits and more.
"""

import pytest

from ci.source.load import load
from ci.workflow.load_environment import pairs, text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        (True, "1"),
        (False, "0"),
        (None, "<nil>"),
        (0, "0"),
        (8080, "8080"),
        (-7, "-7"),
        (999999, "999999"),
        (1000000, "1e+06"),
        (1234567, "1.234567e+06"),
        (-1234567, "-1.234567e+06"),
        (3.1, "3.1"),
        (0.00001, "1e-05"),
        (1e21, "1e+21"),
    ],
)
def test_a_value_becomes_the_text_that_circleci_makes_of_it(value, expected):
    assert text(value) == expected


def test_a_map_and_a_list_of_maps_mean_the_same():
    source = load("m: {A: 1, B: two}\nl:\n- A: 1\n- B: two\n- C=three\n", "config.yml")
    assert pairs(source.get("m")) == (("A", "1"), ("B", "two"))
    assert pairs(source.get("l")) == (("A", "1"), ("B", "two"), ("C", "three"))
    assert pairs(None) == ()
