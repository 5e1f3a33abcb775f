"""Run one collection by newman against the server that server.py started.

run_newman.py COLLECTION --release VERSION --newman COMMAND --results FOLDER --artifacts FOLDER [--torch] [--ca FILE]

With --record FOLDER the answers are recorded too, by way of proxy.py: tests/scripts/test_collections.py
plays them back. JUnit goes to the results; the collection itself and newman's HTML report to the artifacts.
"""

import argparse
import json
import os
import sys
from xml.etree import ElementTree

import ending
from endpoints import named
from proxy import Upstream, proxy, write
from releases import stages_of


def keys():
    """The keys that the server wrote, when it wants any."""
    path = os.path.join(os.environ["TS_HOME_FOLDER"], "key_file.json")
    if not os.path.exists(path):
        return {}
    with open(path) as stream:
        written = json.load(stream)
    return {name.lower() + "_key": written[name]["key"] for name in ("inference", "management", "API")}


def addresses():
    """By kind; 0.1 has none for metrics."""
    names = {kind: "TS_%s_URL" % kind.upper() for kind in ("inference", "management", "metrics")}
    return {kind: os.environ[name] for kind, name in names.items() if name in os.environ}


def recorded(options, name):
    source = Upstream(addresses())
    with proxy(source, sorted(source.urls)) as urls:
        status = newman(options, name, urls)
    write(os.path.join(options.record, name + ".json"), source.kept)
    return status


def newman(options, name, urls):
    source = os.path.join(options.artifacts, name + ".postman_collection.json")
    with open(source, "w") as stream:
        json.dump(named(name, options.torch, options.release), stream, indent=1)
    variables = dict(urls, **keys())
    command = options.newman.split() + ["run", source, "--color", "off", "--timeout-request", "120000"]
    for key, value in sorted(variables.items()):
        command += ["--env-var", "%s=%s" % (key, value)]
    command += ["--reporters", "cli,junit" + (",htmlextra" if options.html else "")]
    command += ["--reporter-cli-no-success-assertions", "--reporter-cli-no-banner"]
    junit = os.path.join(options.results, "newman-%s.xml" % name)
    command += ["--reporter-junit-export", junit]
    if options.html:
        title = "TorchServe " + name + (", torch: the stub" if options.stub else "")
        command += ["--reporter-htmlextra-title", title]
        command += ["--reporter-htmlextra-export", os.path.join(options.artifacts, "newman-%s.html" % name)]
    command += ["--ssl-extra-ca-certs", options.ca] if options.ca else []
    status = ending.run(command, junit, ending.direct())
    if options.stub and os.path.exists(junit):
        name_stub(junit)
    return status


def name_stub(junit):
    """Have the report say that torch was a stub."""
    tree = ElementTree.parse(junit)
    for suite in tree.iter("testsuite"):
        properties = ElementTree.Element("properties")
        ElementTree.SubElement(properties, "property", name="torch", value="stub")
        suite.insert(0, properties)
    tree.write(junit, encoding="utf-8", xml_declaration=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection", choices=["management", "inference", "https"])
    parser.add_argument("--release", required=True, help="TorchServe's version")
    parser.add_argument("--newman", required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("--artifacts", required=True)
    parser.add_argument("--torch", action="store_true")
    parser.add_argument("--stub", action="store_true", help="torch is a stub: the reports say so")
    parser.add_argument("--html", action="store_true")
    parser.add_argument("--ca")
    parser.add_argument("--record")
    options = parser.parse_args()
    # A half of which a release is asked nothing is not run: releases.py says so.
    stages = [name for name in stages_of(options.collection) if named(name, options.torch, options.release)["item"]]
    if options.record:
        return worst([recorded(options, stage) for stage in stages])
    return worst([newman(options, stage, addresses()) for stage in stages])


def worst(statuses):
    """0 where all are; a newman that was killed has a negative one."""
    return int(any(statuses))


if __name__ == "__main__":
    sys.exit(main())
