"""compare_benchmarks.py: percentiles, confidence intervals, the verdict on a regression, unusable runs."""

from __future__ import annotations

import importlib.util
import json
import math
import random
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / ".circleci" / "scripts" / "compare_benchmarks.py"
spec = importlib.util.spec_from_file_location("compare_benchmarks", SCRIPT)
assert spec
assert spec.loader
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)


def latencies(seed: int, count: int = 150, times: float = 1.0) -> list[float]:
    chance = random.Random(seed)
    return [times * chance.lognormvariate(4, 0.1) for _ in range(count)]


def report(values: list[float], **more: Any) -> dict[str, Any]:
    """What the job writes, of one client that asks again as soon as it has its answer."""
    finished = [sum(values[: number + 1]) / 1000 for number in range(len(values))]
    level = {"clients": 1, "latencies_ms": values, "finished_s": finished}
    return {"format": 1, "models": [{"name": "resnet18_eager", "levels": [level]}], **more}


def run(tmp_path: Path, first: Any, second: Any, *options: str) -> subprocess.CompletedProcess[str]:
    for name, content in (("a", first), ("b", second)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "benchmark.json").write_text(content if isinstance(content, str) else json.dumps(content))
    words = [sys.executable, SCRIPT, tmp_path / "a", tmp_path / "b" / "benchmark.json", *options]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_are_those_of_the_standard_library(seed: int) -> None:
    values = latencies(seed, 37)
    exact = statistics.quantiles(values, n=100, method="inclusive")
    for percent in (50, 90, 99):
        assert compare.percentile(values, percent) == pytest.approx(exact[percent - 1])


def test_a_single_value_is_each_of_its_percentiles() -> None:
    assert [compare.percentile([7.0], percent) for percent in (0, 50, 100)] == [7.0, 7.0, 7.0]


def test_throughput_counts_from_the_start_whatever_the_order() -> None:
    assert compare.throughput(compare.gaps([2.0, 0.5, 1.0, 1.5])) == pytest.approx(2.0)


def test_a_resample_has_as_many_values_in_blocks_of_neighbours() -> None:
    values = list(range(125))  # blocks of 5
    drawn = compare.resampled(values, random.Random(3))
    assert len(drawn) == 125
    inside = [(drawn[place], drawn[place + 1]) for place in range(124) if (place + 1) % 5]
    assert all((later - earlier) % 125 == 1 for earlier, later in inside)


def test_the_interval_holds_the_true_median_about_as_often_as_it_says() -> None:
    true_median = statistics.NormalDist().inv_cdf(0.5) * 0.1 + 4
    held = 0
    for seed in range(40):
        logs = [float(value) for value in map(math.log, latencies(seed, 80))]
        low, high = compare.interval(logs, compare.of_percent(50))
        held += low <= true_median <= high
    assert held >= 33  # 95% of 40 is 38; with a true 95%, fewer than 34 is rarer than one in a thousand


def test_the_ratio_of_a_run_to_itself_is_one_within_its_interval() -> None:
    values = latencies(1)
    ratio, low, high = compare.ratio_interval(values, values, compare.of_percent(50))
    assert ratio == 1
    assert low < 1 < high


def test_the_same_two_runs_give_the_same_interval_again() -> None:
    pair = latencies(1), latencies(2)
    assert compare.ratio_interval(*pair, compare.of_percent(90)) == compare.ratio_interval(
        *pair, compare.of_percent(90)
    )


def test_more_confidence_is_a_wider_interval() -> None:
    pair = latencies(1), latencies(2)
    _, low, high = compare.ratio_interval(*pair, compare.of_percent(50), 80)
    _, lower, higher = compare.ratio_interval(*pair, compare.of_percent(50), 99)
    assert lower < low < high < higher


@pytest.mark.parametrize(
    ("bounds", "allowed", "more_is_worse", "judgement"),
    [
        ((1.2, 1.1, 1.3), 0.05, True, "worse"),
        ((1.2, 1.1, 1.3), 0.05, False, "better"),
        ((0.8, 0.7, 0.9), 0.05, True, "better"),
        ((0.8, 0.7, 0.9), 0.05, False, "worse"),
        ((1.2, 1.04, 1.3), 0.05, True, ""),
        ((0.9, 0.8, 0.96), 0.05, False, ""),
        ((1.0, 0.9, 1.1), 0.0, True, ""),
    ],
)
def test_only_a_whole_interval_beyond_the_threshold_is_a_verdict(
    bounds: tuple[float, float, float], allowed: float, more_is_worse: bool, judgement: str
) -> None:
    assert compare.judged(bounds, allowed, more_is_worse) == judgement


def test_a_fifth_slower_fails_when_five_percent_are_allowed(tmp_path: Path) -> None:
    done = run(tmp_path, report(latencies(1)), report(latencies(2, times=1.2)), "--fail-above", "5")
    assert done.returncode == 1
    assert "resnet18_eager p50 ms, 1 client" in done.stderr
    assert "resnet18_eager answers/s, 1 client" in done.stderr


@pytest.mark.parametrize("options", [[], ["--fail-above", "50"]])
def test_a_fifth_slower_passes_unasked_or_within_the_threshold(tmp_path: Path, options: list[str]) -> None:
    assert run(tmp_path, report(latencies(1)), report(latencies(2, times=1.2)), *options).returncode == 0


def test_a_fifth_faster_never_fails(tmp_path: Path) -> None:
    done = run(tmp_path, report(latencies(1)), report(latencies(2, times=0.8)), "--fail-above", "0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "better" in done.stdout


def test_what_makes_two_runs_unlike_is_reported(tmp_path: Path) -> None:
    done = run(tmp_path, report(latencies(1), torch="1.13.0"), report(latencies(1), torch="2.4.0"))
    assert 'not the same torch: "1.13.0", "2.4.0"' in done.stdout


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("{", "Expecting property name"),
        ("[]", "no report of the job benchmark"),
        ('{"format": 99}', "in format 1"),
        ('{"format": 1, "models": []}', "nothing"),
        (report([]), "a run has no answers"),
    ],
)
def test_an_unusable_run_is_one_clear_line(tmp_path: Path, second: Any, message: str) -> None:
    done = run(tmp_path, report(latencies(1)), second)
    message = "no model and number of clients in common" if message == "nothing" else message
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def with_level(**more: Any) -> dict[str, Any]:
    found = report(latencies(1))
    found["models"][0]["levels"][0].update(more)
    return found


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (with_level(failed=3), "resnet18_eager, 1 clients: 3 requests failed, 0 in the first run"),
        (report(latencies(1), checks=[{"name": "a", "wrong": "it is"}]), "a: it is"),
    ],
)
def test_more_failures_fail_whatever_the_threshold(tmp_path: Path, second: Any, message: str) -> None:
    done = run(tmp_path, report(latencies(1)), second, "--fail-above", "50")
    assert (done.returncode, done.stderr) == (1, f"worse: {message}\n")
    assert f"worse: {message}" in done.stdout


def test_failures_that_the_first_run_has_too_are_none_of_the_seconds(tmp_path: Path) -> None:
    first = with_level(failed=3) | {"checks": [{"name": "a", "wrong": "it was"}]}
    assert run(tmp_path, first, first, "--fail-above", "5").returncode == 0


def test_what_the_second_run_did_not_measure_is_reported_and_fails(tmp_path: Path) -> None:
    first = report(latencies(1))
    first["models"][0]["levels"].append({**first["models"][0]["levels"][0], "clients": 10})
    done = run(tmp_path, first, report(latencies(1)), "--fail-above", "5")
    assert (done.returncode, done.stderr) == (1, "worse: resnet18_eager, 10 clients: not measured in the second run\n")


def test_numbers_of_which_a_run_has_one_are_shown(tmp_path: Path) -> None:
    first, second = report(latencies(1)), report(latencies(1))
    for one, load in ((first, 2.0), (second, 20.0)):
        one["models"][0].update(load_seconds=load, peak_memory_bytes={"together": 5e8}, overhead_ratio={"p50_ms": 1.5})
    lines = run(tmp_path, first, second).stdout.splitlines()
    assert [line.split() for line in lines if " load s " in line] == [
        ["resnet18_eager", "load", "s", "2.00", "20.00", "10.000"]
    ]
    assert any("peak memory MB" in line for line in lines)
    assert any("overhead p50" in line for line in lines)


def test_a_report_that_lacks_something_is_no_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, report(latencies(1)), '{"format": 1, "models": [{}]}')
    assert (done.returncode, done.stderr) == (
        2,
        "compare_benchmarks: no whole report of the job benchmark: 'name' is missing\n",
    )


def test_it_is_called_by_its_name() -> None:
    done = subprocess.run([SCRIPT, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, "--fail-above" in done.stdout) == (0, True)


def test_a_folder_without_a_report_is_reported(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, SCRIPT, tmp_path, tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, "no benchmark.json there" in done.stderr) == (2, True)
