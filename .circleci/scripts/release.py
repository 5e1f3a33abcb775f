#!/usr/bin/env python3
"""Check an unpacked release of torchserve or torch-model-archiver.

    release.py unpack WHEEL FOLDER
    release.py check FOLDER --version VERSION [--junit FILE]

Standard library only, and Python 3.6 is enough: it runs before anything is installed.
"""

import argparse
import ast
import base64
import configparser
import csv
import hashlib
import io
import os
import sys
import time
import warnings
import zipfile
from xml.etree import ElementTree

JAR = "ts/frontend/model-server.jar"
# The handlers that TorchServe's documentation promises by name.
HANDLERS = ("image_classifier", "image_segmenter", "object_detector", "text_classifier")
# Defects that a release shipped with: reported, but they do not fail the job.
KNOWN = {
    ("torchserve", "0.1.1"): {"torchserve-export": "the release has no module ts.export_model"},
}


class Wrong(Exception):
    """What a check found; its text is shown to the user."""


class NotRun(Exception):
    """A check that has nothing to look at because of what another one found."""


class Release:
    """An unpacked wheel: its folder, its .dist-info, the version that it should have."""

    def __init__(self, folder, version):
        self.folder = folder
        self.version = version
        found = [name for name in sorted(os.listdir(folder)) if name.endswith(".dist-info")]
        if len(found) != 1:
            raise SystemExit("%s: no unpacked wheel (%d .dist-info folders)" % (folder, len(found)))
        self.info = found[0]
        self.name = self.info.split("-")[0]
        self.is_server = self.name == "torchserve"

    def path(self, name):
        return os.path.join(self.folder, *name.split("/"))

    def text(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as stream:
                return stream.read()
        except OSError as error:
            raise Wrong("%s: %s" % (name, error.strerror))

    def files(self):
        for parent, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names:
                yield os.path.relpath(os.path.join(parent, name), self.folder).replace(os.sep, "/")


def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            sha.update(block)
    return "sha256=" + base64.urlsafe_b64encode(sha.digest()).rstrip(b"=").decode()


def check_record(release):
    """every file is listed in RECORD with its hash and size"""
    record = release.info + "/RECORD"
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(release.text(record))) if row}
    there = set(release.files())
    wrong = ["not in RECORD: " + name for name in sorted(there - set(rows))]
    wrong += ["missing: " + name for name in sorted(set(rows) - there)]
    for name in sorted(there & set(rows)):
        if name == record:
            continue
        want_hash, want_size = rows[name]
        size = os.path.getsize(release.path(name))
        if want_size and int(want_size) != size:
            wrong.append("%s: %d bytes, RECORD says %s" % (name, size, want_size))
        elif not want_hash or digest(release.path(name)) != want_hash:
            wrong.append("%s: its hash is not RECORD's" % name)
    if wrong:
        raise Wrong("; ".join(wrong))
    return "%d files" % len(rows)


def check_version(release):
    """METADATA and version.txt name the release that was asked for"""
    headers = release.text(release.info + "/METADATA").split("\n\n")[0].splitlines()
    named = {line.split(": ")[1] for line in headers if line.startswith("Version: ")}
    named.add(release.text(("ts" if release.is_server else "model_archiver") + "/version.txt").strip())
    if named != {release.version}:
        raise Wrong("asked for %s, found %s" % (release.version, ", ".join(sorted(named))))
    return release.version


def check_commands(release):
    """each console script names a function that is there"""
    parser = configparser.ConfigParser()
    parser.read_string(release.text(release.info + "/entry_points.txt"))
    commands = dict(parser["console_scripts"]) if parser.has_section("console_scripts") else {}
    if not commands:
        raise Wrong("entry_points.txt has no console script")
    wrong = {}
    for command, target in sorted(commands.items()):
        module, function = target.split(":")
        path = module.strip().replace(".", "/") + ".py"
        if not os.path.exists(release.path(path)):
            wrong[command] = "no module " + module.strip()
        elif function.strip() not in {
            node.name for node in ast.parse(release.text(path)).body if isinstance(node, ast.FunctionDef)
        }:
            wrong[command] = "no function " + target
    known = KNOWN.get((release.name, release.version), {})
    unknown = ["%s: %s" % pair for pair in sorted(wrong.items()) if pair[0] not in known]
    if unknown:
        raise Wrong("; ".join(unknown))
    defects = ["%s is broken, a known defect: %s" % (command, known[command]) for command in sorted(wrong)]
    return ", ".join(sorted(set(commands) - set(wrong)) + defects)


def check_syntax(release):
    """every Python file compiles on this Python"""
    names = sorted(name for name in release.files() if name.endswith(".py"))
    wrong = []
    for name in names:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(release.text(name), name, "exec")
        except SyntaxError as error:
            wrong.append("%s:%s: %s" % (name, error.lineno, error.msg))
    if wrong:
        raise Wrong("; ".join(wrong))
    return "%d files" % len(names)


def check_handlers(release):
    """the default handlers are there, each module with one class, as the model loader wants it"""
    for module in HANDLERS:
        tree = ast.parse(release.text("ts/torch_handler/%s.py" % module))
        classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
        if len(classes) != 1:
            raise Wrong("ts/torch_handler/%s.py has %d classes" % (module, len(classes)))
    return ", ".join(HANDLERS)


def check_jar(release):
    """the frontend's jar is there, and each of its entries can be read"""
    try:
        with zipfile.ZipFile(release.path(JAR)) as jar:
            broken = jar.testzip()
            count = len(jar.namelist())
    except FileNotFoundError:
        raise Wrong("%s is missing" % JAR)
    except zipfile.BadZipFile as error:
        raise Wrong("%s does not open as a jar: %s" % (JAR, error))
    if broken:
        raise Wrong("%s: %s is damaged" % (JAR, broken))
    return "%d entries" % count


def check_main_class(release):
    """the jar's manifest names its main class, and the jar has it"""
    try:
        with zipfile.ZipFile(release.path(JAR)) as jar:
            names = set(jar.namelist())
            manifest = jar.read("META-INF/MANIFEST.MF").decode() if "META-INF/MANIFEST.MF" in names else ""
    except (OSError, zipfile.BadZipFile):
        raise NotRun("the jar does not open")
    unfolded = manifest.replace("\r\n", "\n").replace("\n ", "")
    named = [line.split(":", 1)[1].strip() for line in unfolded.splitlines() if line.startswith("Main-Class:")]
    if len(named) != 1:
        raise Wrong("META-INF/MANIFEST.MF names %d main classes" % len(named))
    if named[0].replace(".", "/") + ".class" not in names:
        raise Wrong("%s is named as the main class and is not in the jar" % named[0])
    return named[0]


ALWAYS = [("record", check_record), ("version", check_version), ("commands", check_commands), ("syntax", check_syntax)]
SERVER = [("handlers", check_handlers), ("jar", check_jar), ("main-class", check_main_class)]


def run_checks(release):
    """[(name, promise, result, text, seconds)], result one of ok, FAILED, not run."""
    outcomes = []
    for name, check in ALWAYS + (SERVER if release.is_server else []):
        start = time.time()
        try:
            result, text = "ok", check(release)
        except Wrong as error:
            result, text = "FAILED", str(error)
        except NotRun as error:
            result, text = "not run", str(error)
        outcomes.append((name, check.__doc__, result, text, time.time() - start))
    return outcomes


def write_junit(path, suite, outcomes):
    results = [outcome[2] for outcome in outcomes]
    root = ElementTree.Element(
        "testsuite",
        name=suite,
        tests=str(len(results)),
        errors="0",
        failures=str(results.count("FAILED")),
        skipped=str(results.count("not run")),
    )
    for name, _, result, text, seconds in outcomes:
        case = ElementTree.SubElement(root, "testcase", classname=suite, name=name, time="%.3f" % seconds)
        if result != "ok":
            ElementTree.SubElement(case, "failure" if result == "FAILED" else "skipped", message=text)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def unpack(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    print("%s: %d files" % (os.path.basename(wheel), sum(len(names) for _, _, names in os.walk(folder))))


def check(folder, version, junit):
    release = Release(folder, version)
    outcomes = run_checks(release)
    for name, promise, result, text, _ in outcomes:
        print("%-8s %s: %s (%s)" % (result, name, promise, text))
    if junit:
        write_junit(junit, "release." + release.name, outcomes)
    failed = [outcome[0] for outcome in outcomes if outcome[2] == "FAILED"]
    if failed:
        print("wrong with %s: %s" % (release.info, ", ".join(failed)), file=sys.stderr)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command")
    commands.required = True
    unpacking = commands.add_parser("unpack")
    unpacking.add_argument("wheel")
    unpacking.add_argument("folder")
    checking = commands.add_parser("check")
    checking.add_argument("folder")
    checking.add_argument("--version", required=True)
    checking.add_argument("--junit")
    options = parser.parse_args()
    if options.command == "unpack":
        unpack(options.wheel, options.folder)
        return 0
    return check(options.folder, options.version, options.junit)


if __name__ == "__main__":
    sys.exit(main())
