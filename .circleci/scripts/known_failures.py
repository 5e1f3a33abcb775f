#!/usr/bin/env python3
"""Judge the test results of one of upstream's suites: separate failures that the revision is known to have.

known_failures.py SUITE STATUS LIST RESULTS...: STATUS is the suite's exit status, LIST a file of known failures (if it
is absent, no failure is excused), RESULTS are JUnit XML. The exit status is 0 if every failure is a known one; lines on
standard output say which. With --kept FILE a line for each known failure that failed, or that passes, is added there.

A line of LIST is SUITE, a tab, the test as CLASS::NAME, a tab, the reason; a test that fails several times under one
name, as messages of pylint do, has as many lines. Blank lines and lines that begin with # are ignored.
Standard library only; Python 3.6 is enough.
"""

import argparse
import sys
import xml.etree.ElementTree
from collections import Counter

FAILED_TESTS = {"gradle": (1,), "pytest": (1,)}
"""The exit statuses of a suite's program that failed tests alone explain; pylint's are bits of kinds of messages."""
PYLINT_KINDS = 2 | 4 | 8 | 16


def read_known(path, suite):
    """Return the reasons by test, and how often each test is listed; raise SystemExit for a malformed line."""
    reasons, counts = {}, Counter()
    try:
        with open(path, encoding="utf-8") as stream:
            lines = stream.read().splitlines()
    except FileNotFoundError:
        lines = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) != 3 or not all(parts):
            sys.exit("%s:%d: not SUITE, tab, TEST, tab, REASON" % (path, number))
        if parts[0] == suite:
            reasons.setdefault(parts[1], parts[2])
            counts[parts[1]] += 1
    return reasons, counts


def read_results(paths):
    """Return how often each test has failed, and the tests that have run and passed."""
    failed, passed = Counter(), set()
    for path in paths:
        for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
            name = "%s::%s" % (case.get("classname") or "", case.get("name"))
            if case.find("failure") is not None or case.find("error") is not None:
                failed[name] += 1
            elif case.find("skipped") is None:
                passed.add(name)
    return failed, passed - set(failed)


def explained(program, status, failed):
    """Return whether failed tests explain the exit status of a suite."""
    if not status:
        return True
    if not failed:
        return False
    if program == "pylint":
        return not status & ~PYLINT_KINDS
    return status in FAILED_TESTS[program]


def keep(path, lines):
    if path and lines:
        with open(path, "a", encoding="utf-8") as stream:
            stream.writelines("%s\n" % line for line in lines)


def parser():
    made = argparse.ArgumentParser(description="Separate known failures of a revision from new ones.")
    made.add_argument("--program", choices=("pytest", "pylint", "gradle"), default="pytest")
    made.add_argument("--kept", default="", metavar="FILE")
    made.add_argument("suite")
    made.add_argument("status", type=int)
    made.add_argument("list")
    made.add_argument("results", nargs="*")
    return made


def main():
    given = parser().parse_args()
    reasons, counts = read_known(given.list, given.suite)
    try:
        failed, passed = read_results(given.results)
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        print("%s: its results cannot be read: %s" % (given.suite, error))
        return given.status or 1
    known, new = failed & counts, failed - counts
    if given.program == "pylint":  # a message that is no more is in no result
        passed |= set(counts) - set(failed)
    passing = sorted(name for name in counts if name in passed)
    for name in sorted(known):
        print("known failure: %s: %s" % (name, reasons[name]))
    for name in passing:
        print("known failure passes: %s: take it out of %s" % (name, given.list))
    for name in sorted(new):
        print("failed: %s%s" % (name, " (%d times)" % new[name] if new[name] > 1 else ""))
    keep(given.kept, ["known\t%s\t%s\t%s" % (given.suite, name, reasons[name]) for name in sorted(known.elements())])
    keep(given.kept, ["passes\t%s\t%s\t%s" % (given.suite, name, reasons[name]) for name in passing])
    if new:
        return given.status or 1
    if explained(given.program, given.status, failed):
        return 0
    print("%s: exit status %d, which failed tests do not explain" % (given.suite, given.status))
    return given.status


if __name__ == "__main__":
    sys.exit(main())
