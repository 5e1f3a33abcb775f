"""Measure the server that server.py started: measure.py STORE REPORT --release VERSION --access-log FILE --junit FILE.

Each model is registered with one worker, warmed up, and called by a rising number of clients; then
the same work is done without a server (floor.py). Writes the report (see docs/torchserve.md) and the
checks on it as JUnit; exit status 1 when a check failed. BENCHMARK_LEVELS=1:100,10:150 (clients:requests)
and BENCHMARK_WARM_UP=20 set how much is measured.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import threading
import time
import urllib.request
from xml.etree import ElementTree

import psutil

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", ".circleci", "scripts"))
from compare_benchmarks import (  # noqa: E402
    FORMAT,
    PERCENTILES,
    gaps,
    in_words,
    interval,
    percentile,
    ratio_interval,
    throughput,
)
from counters import OPENER, counter  # noqa: E402
from page import in_a_sentence  # noqa: E402

LEVELS = "1:120,2:80,4:80,10:160,20:120"
WARM_UP = "20"
KINDS = ("eager", "torchscript")
NEAR_MOST = 0.95  # the knee: the fewest clients that get this part of the most answers per second
COUNTERS_WITHIN = 0.01


def settings():
    pairs = [pair.split(":") for pair in os.environ.get("BENCHMARK_LEVELS", LEVELS).split(",")]
    levels = [[int(clients), int(requests)] for clients, requests in pairs]
    return {"levels": levels, "warm_up": int(os.environ.get("BENCHMARK_WARM_UP", WARM_UP)), "workers": 1, "threads": 1}


def call(method, url):
    with OPENER.open(urllib.request.Request(url, method=method), timeout=120) as answer:
        return answer.read().decode()


class Memory:
    """The most memory, in bytes, that the frontend and its workers held together and each, looked at every 0.1 s."""

    def __init__(self, pid):
        self.root = psutil.Process(pid)
        self.most = {"together": 0, "frontend": 0, "workers": 0}
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def watch(self):
        while not self.done.wait(0.1):
            with contextlib.suppress(psutil.Error):
                workers = sum(child.memory_info().rss for child in self.root.children(recursive=True))
                frontend = self.root.memory_info().rss
                now = {"together": workers + frontend, "frontend": frontend, "workers": workers}
                self.most = {key: max(self.most[key], now[key]) for key in now}


def load(name, store, clients, requests):
    url = os.environ["TS_INFERENCE_URL"] + "/predictions/" + name
    command = [
        "node",
        os.path.join(HERE, "load.js"),
        url,
        os.path.join(store, "picture.jpg"),
        str(clients),
        str(requests),
    ]
    return json.loads(subprocess.check_output(command).decode())


def summary(latencies):
    found = {}
    for percent in PERCENTILES if latencies else ():
        bounds = interval(latencies, lambda values, percent=percent: percentile(values, percent))
        found["p%d_ms" % percent] = percentile(latencies, percent)
        found["p%d_ms_interval" % percent] = list(bounds)
    return found


def level(name, store, number, requests):
    measured = load(name, store, number, requests)
    measured["wanted"] = requests
    measured.update(summary(measured["latencies_ms"]))
    between = gaps(measured["finished_s"])
    measured["answers_per_second"] = throughput(between) if between else 0.0
    print(
        "  %10s: %d sent, %d failed, %.1f answers/s, p50 %.0f, p90 %.0f, p99 %.0f ms"
        % tuple(
            [in_words(number), measured["sent"], measured["failed"], measured["answers_per_second"]]
            + [measured.get("p%d_ms" % percent, float("nan")) for percent in PERCENTILES]
        ),
        flush=True,
    )
    return measured


def knee(levels):
    most = max(one["answers_per_second"] for one in levels)
    return next(one["clients"] for one in levels if one["answers_per_second"] >= NEAR_MOST * most)


def floor(kind, store, warm_up, requests):
    command = [sys.executable, "-B", os.path.join(HERE, "floor.py"), store, kind, str(warm_up), str(requests)]
    return json.loads(subprocess.check_output(command).decode().splitlines()[-1])


def both(first, second):
    """Two halves of the floor, before the server's turn and after it, as one."""
    found = dict(second, latencies_ms=first["latencies_ms"] + second["latencies_ms"])
    found["same_answer"] = first["answer"] == second["answer"]
    found.update(summary(found["latencies_ms"]))
    return found


def overhead(bare, alone):
    """({percentile: how many times the floor's the server's is}, the same with the interval's bounds)."""
    ratios, bounds = {}, {}
    for percent in PERCENTILES if alone else ():
        ratio, low, high = ratio_interval(bare, alone, lambda values, percent=percent: percentile(values, percent))
        ratios["p%d_ms" % percent], bounds["p%d_ms" % percent] = ratio, [low, high]
    return ratios, bounds


def prediction(name, store):
    with open(os.path.join(store, "picture.jpg"), "rb") as stream:
        body = stream.read()
    request = urllib.request.Request(os.environ["TS_INFERENCE_URL"] + "/predictions/" + name, data=body)
    request.add_header("Content-Type", "image/jpeg")
    with OPENER.open(request, timeout=120) as answer:
        return json.loads(answer.read().decode())


def model(kind, store, wanted, access_log):
    name = "resnet18_" + kind
    print(name, flush=True)
    counted_by, count = counter(os.environ.get("TS_METRICS_URL"), access_log)
    before = count(name)  # of a run before this one, whose log is here
    half = (wanted["levels"][0][1] + 1) // 2
    first = floor(kind, store, wanted["warm_up"], half)
    with Memory(int(os.environ["TS_PID"])) as memory:
        start = time.perf_counter()
        management = os.environ["TS_MANAGEMENT_URL"] + "/models"
        call("POST", management + "?url=%s.mar&initial_workers=1&synchronous=true" % name)
        load_seconds = time.perf_counter() - start
        answer = prediction(name, store)
        warm = load(name, store, 1, wanted["warm_up"])
        levels = [level(name, store, number, requests) for number, requests in wanted["levels"]]
        sent = 1 + warm["sent"] + sum(one["sent"] for one in levels)
        counted = count(name) - before
        call("DELETE", management + "/" + name)
    bare = both(first, floor(kind, store, wanted["warm_up"], half))
    ratios, bounds = overhead(bare["latencies_ms"], levels[0]["latencies_ms"])
    found = {
        "name": name,
        "load_seconds": load_seconds,
        "peak_memory_bytes": memory.most,
        "generator": warm["generator"],
        "levels": levels,
        "knee_clients": knee(levels),
        "counters": {"sent": sent, "server": counted, "by": counted_by},
        "same_answer": bare.pop("same_answer") and answer == bare.pop("answer"),
        "floor": bare,
        "overhead_ratio": ratios,
        "overhead_ratio_interval": bounds,
    }
    print(
        "  loaded in %.1f s, %.0f MB, knee at %s, floor p50 %.0f ms: %s"
        % (
            load_seconds,
            memory.most["together"] / 1e6,
            in_words(found["knee_clients"]),
            bare["p50_ms"],
            in_a_sentence(found),
        ),
        flush=True,
    )
    return found


def checks(found):
    """[(name, what is wrong or '')]: a report whose numbers do not agree is no report."""
    name = found["name"]
    for one in found["levels"]:
        where = "%s, %s: " % (name, in_words(one["clients"]))
        counts = "%(sent)d sent, %(answered)d answered, %(failed)d failed, %(wanted)d wanted" % one
        agree = one["sent"] == one["answered"] + one["failed"] == one["wanted"]
        yield where + "sent = answered + failed", "" if agree else counts
        yield where + "no request failed", counts if one["failed"] else ""
    sent, server = found["counters"]["sent"], found["counters"]["server"]
    agree = abs(sent - server) <= COUNTERS_WITHIN * sent
    counted = "%d sent, %d counted by %s" % (sent, server, found["counters"]["by"])
    yield name + ": the server's counter agrees within 1%", "" if agree else counted
    wrong = "" if found["same_answer"] else "the server and the bare model answer differently"
    yield name + ": the floor does the same work", wrong


def write_junit(path, outcomes):
    wrong = sum(bool(text) for _, text in outcomes)
    root = ElementTree.Element(
        "testsuite", name="benchmark", tests=str(len(outcomes)), failures=str(wrong), errors="0", skipped="0"
    )
    for name, text in outcomes:
        case = ElementTree.SubElement(root, "testcase", classname="benchmark", name=name, time="0")
        if text:
            ElementTree.SubElement(case, "failure", message=text)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store")
    parser.add_argument("report")
    parser.add_argument("--release", required=True)
    parser.add_argument("--access-log", required=True, help="the server's, which counts where it has no metrics")
    parser.add_argument("--junit", required=True)
    options = parser.parse_args()
    import torch

    wanted = settings()
    models = [model(kind, options.store, wanted, options.access_log) for kind in KINDS]
    outcomes = [outcome for found in models for outcome in checks(found)]
    report = {
        "format": FORMAT,
        "torchserve": options.release,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": {"cpus": os.cpu_count(), "system": platform.system(), "architecture": platform.machine()},
        "generator": models[0]["generator"],
        "settings": wanted,
        "models": models,
        "checks": [{"name": name, "wrong": text} for name, text in outcomes],
    }
    with open(options.report, "w", encoding="utf-8") as stream:
        json.dump(report, stream, indent=1)
    write_junit(options.junit, outcomes)
    for name, text in outcomes:
        if text:
            print("FAILED %s: %s" % (name, text))
    print("%d checks, %d failed" % (len(outcomes), sum(bool(text) for _, text in outcomes)))
    return any(text for _, text in outcomes)


if __name__ == "__main__":
    sys.exit(main())
