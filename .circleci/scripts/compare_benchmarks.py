#!/usr/bin/env python3
"""Two runs of the job benchmark side by side.

    compare_benchmarks.py RUN RUN [--fail-above PERCENT] [--confidence PERCENT]

RUN is a benchmark.json, or a folder with one below it (a run's folder, its artifacts). The second
is compared with the first: each number with the ratio second / first and the ratio's confidence
interval. With --fail-above 5 the exit status is 1 when a latency is surely (the whole interval) more
than 5% higher, or a throughput surely more than 5% lower; also when the second run has more failed
requests, a wrong check that the first has not, or lacks what the first measured. Numbers of which a run
has only one (load time, memory, overhead) are shown. Standard library only; Python 3.6 is enough.

Answers that follow one another wait in the same queue, so they are no independent samples: the
intervals come from a bootstrap of blocks of neighbours. They show what chance within the two runs
explains; that a machine was busier on one day than on the other is beyond them.
"""

import argparse
import json
import os
import random
import sys

RESAMPLES = 1000
PERCENTILES = (50, 90, 99)
FORMAT = 1


class Unreadable(Exception):
    """A run that cannot be compared; the text is for the user."""


def percentile(values, percent):
    """Of sorted or unsorted values, between neighbours linearly (the usual definition 7).

    >>> percentile([4, 1, 3, 2], 50)
    2.5
    """
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100.0
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def gaps(finished):
    """Seconds between answers, the first counted from the start; their mean is 1 / throughput."""
    ordered = sorted(finished)
    return [later - earlier for earlier, later in zip([0.0] + ordered, ordered)]


def throughput(between):
    return len(between) / sum(between)


def resampled(values, chance):
    """As many values again, drawn in blocks of n^(1/3) neighbours that may wrap round the end."""
    count = len(values)
    length = max(1, round(count ** (1 / 3.0)))
    doubled = values + values
    drawn = []
    while len(drawn) < count:
        start = chance.randrange(count)
        drawn += doubled[start : start + length]
    return drawn[:count]


def ratio_interval(first, second, statistic, confidence=95, seed=1):
    """(ratio second / first of the statistic, lower bound, upper bound). The same for the same input."""
    chance = random.Random(seed)
    ratios = [statistic(resampled(second, chance)) / statistic(resampled(first, chance)) for _ in range(RESAMPLES)]
    tail = (100 - confidence) / 2.0
    return statistic(second) / statistic(first), percentile(ratios, tail), percentile(ratios, 100 - tail)


def interval(values, statistic, confidence=95, seed=1):
    """(lower bound, upper bound) of the statistic in one run."""
    chance = random.Random(seed)
    found = [statistic(resampled(values, chance)) for _ in range(RESAMPLES)]
    tail = (100 - confidence) / 2.0
    return percentile(found, tail), percentile(found, 100 - tail)


def judged(bounds, allowed, more_is_worse):
    """'worse', 'better' or '' (chance explains it), beyond the allowed part (0.05: 5%)."""
    _, low, high = bounds
    if low > 1 + allowed:
        return "worse" if more_is_worse else "better"
    if high < 1 - allowed:
        return "better" if more_is_worse else "worse"
    return ""


def in_words(clients):
    """Return a number of clients, in words."""
    return "%d client%s" % (clients, "" if clients == 1 else "s")


def compared(first, second, allowed=0.0, confidence=95):
    """[(model, what, first, second, (ratio, low, high), judgement)] of what both runs measured."""
    rows = []
    for model, one, other in in_both(first["models"], second["models"], "name"):
        for clients, before, after in in_both(one["levels"], other["levels"], "clients"):
            where = in_words(clients)
            if not before["latencies_ms"] or not after["latencies_ms"]:
                raise Unreadable("%s at %s: a run has no answers" % (model, where))
            for percent in PERCENTILES:
                pair = before["latencies_ms"], after["latencies_ms"]
                rows.append(
                    row(model, "p%d ms, %s" % (percent, where), pair, of_percent(percent), True, allowed, confidence)
                )
            pair = gaps(before["finished_s"]), gaps(after["finished_s"])
            rows.append(row(model, "answers/s, %s" % where, pair, throughput, False, allowed, confidence))
    if not rows:
        raise Unreadable("the two runs have no model and number of clients in common")
    return rows


SINGLE = (
    ("load s", lambda model: model["load_seconds"]),
    ("peak memory MB", lambda model: model["peak_memory_bytes"]["together"] / 1e6),
    ("overhead p50", lambda model: model["overhead_ratio"]["p50_ms"]),
)


def single(first, second):
    """Lines of the numbers of which a run has only one: no interval, so no verdict."""
    for model, one, other in in_both(first["models"], second["models"], "name"):
        for what, number in SINGLE:
            try:
                pair = number(one), number(other)
            except KeyError:
                continue
            ratio = "%.3f" % (pair[1] / pair[0]) if pair[0] else "-"
            yield "%-22s %-24s %9.2f %9.2f  %s" % ((model, what) + pair + (ratio,))


def failures(first, second):
    """Yield a line for whatever is worse in the second run regardless of the threshold."""
    known = {one["name"] for one in first.get("checks", []) if one["wrong"]}
    for one in second.get("checks", []):
        if one["wrong"] and one["name"] not in known:
            yield "%s: %s" % (one["name"], one["wrong"])
    measured = {(model["name"], level["clients"]): level for model in second["models"] for level in model["levels"]}
    for model in first["models"]:
        for level in model["levels"]:
            where = "%s, %d clients: " % (model["name"], level["clients"])
            after = measured.get((model["name"], level["clients"]))
            if after is None:
                yield where + "not measured in the second run"
            elif after.get("failed", 0) > level.get("failed", 0):
                yield where + "%d requests failed, %d in the first run" % (after["failed"], level.get("failed", 0))


def of_percent(percent):
    return lambda values: percentile(values, percent)


def in_both(firsts, seconds, key):
    others = {other[key]: other for other in seconds}
    return [(one[key], one, others[one[key]]) for one in firsts if one[key] in others]


def row(model, what, pair, statistic, more_is_worse, allowed, confidence):
    bounds = ratio_interval(pair[0], pair[1], statistic, confidence)
    return model, what, statistic(pair[0]), statistic(pair[1]), bounds, judged(bounds, allowed, more_is_worse)


def find(run):
    """Return the run's benchmark.json: the file itself, or the only one below the folder."""
    if os.path.isfile(run):
        return run
    found = [os.path.join(folder, "benchmark.json") for folder, _, names in os.walk(run) if "benchmark.json" in names]
    if len(found) != 1:
        raise Unreadable(
            "%s: %s; give the file" % (run, "several benchmark.json" if found else "no benchmark.json there")
        )
    return found[0]


def read(run):
    path = find(run)
    try:
        with open(path, encoding="utf-8") as stream:
            report = json.load(stream)
    except (OSError, ValueError) as error:
        raise Unreadable("%s: %s" % (path, error))
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise Unreadable("%s: no report of the job benchmark in format %d" % (path, FORMAT))
    return report


def differences(first, second):
    """Yield a line for each difference that makes two runs hard to compare."""
    for key in ("torchserve", "torch", "python", "machine", "generator", "settings"):
        if first.get(key) != second.get(key):
            yield "not the same %s: %s, %s" % (key, json.dumps(first.get(key)), json.dumps(second.get(key)))


def printed(rows, confidence):
    yield "%-22s %-24s %9s %9s  %-5s  %-15s" % (
        "model",
        "measured",
        "first",
        "second",
        "ratio",
        "%g%% interval" % confidence,
    )
    for model, what, before, after, (ratio, low, high), judgement in rows:
        span = "%.3f to %.3f" % (low, high)
        yield (
            "%-22s %-24s %9.2f %9.2f  %.3f  %-15s  %s" % (model, what, before, after, ratio, span, judgement)
        ).rstrip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", metavar="RUN")
    parser.add_argument("second", metavar="RUN")
    parser.add_argument("--fail-above", type=float, metavar="PERCENT", help="fail on a change for the worse beyond it")
    parser.add_argument("--confidence", type=float, default=95, metavar="PERCENT")
    options = parser.parse_args()
    if not 50 <= options.confidence < 100:
        parser.error("--confidence: between 50 and 100")
    try:
        first, second = read(options.first), read(options.second)
        rows = compared(first, second, (options.fail_above or 0) / 100.0, options.confidence)
        failed = list(failures(first, second))
        lines = list(differences(first, second)) + list(printed(rows, options.confidence)) + list(single(first, second))
    except Unreadable as error:
        print("compare_benchmarks: %s" % error, file=sys.stderr)
        return 2
    except (KeyError, TypeError) as error:
        print(
            "compare_benchmarks: no whole report of the job benchmark: %r is missing" % error.args[0], file=sys.stderr
        )
        return 2
    print("\n".join(lines + ["worse: " + line for line in failed]))
    worse = ["%s %s" % (one[0], one[1]) for one in rows if one[-1] == "worse"]
    if options.fail_above is None or not (worse or failed):
        return 0
    if worse:
        print("more than %g%% worse: %s" % (options.fail_above, "; ".join(worse)), file=sys.stderr)
    if failed:
        print("worse: %s" % "; ".join(failed), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
