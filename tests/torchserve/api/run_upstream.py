"""Upstream's own collections, of a TorchServe checkout, against the server that server.py started.

run_upstream.py store SOURCE STORE ARCHIVE: a copy of ARCHIVE for each model that the collections name and STORE lacks
run_upstream.py COLLECTION SOURCE --newman COMMAND --results FOLDER --artifacts FOLDER [--html]

Upstream runs them on fixed ports, with keys off and certificates unchecked; here the ports are the server's own.
"""

import argparse
import json
import os
import re
import shutil
import sys
from urllib.parse import urlsplit

import ending

POSTMAN = os.path.join("test", "postman")
ENVIRONMENT = "environment.json"
FILES = {
    "management": ("management_api_test_collection.json", "management_data.json"),
    "inference": ("inference_api_test_collection.json", "inference_data.json"),
    "https": ("https_test_collection.json", None),
}
FIXED_PORTS = {"8080": "pred-port", "8081": "mgmt-port", "8082": "metric-port"}


def environment(source):
    with open(os.path.join(source, POSTMAN, ENVIRONMENT), encoding="utf-8") as stream:
        return {one["key"]: one["value"] for one in json.load(stream)["values"]}


def fill(source, store, archive):
    """A copy of the archive for every model that is missing; gives the names of those."""
    names = sorted(value for key, value in environment(source).items() if key.startswith("mar_path_"))
    missing = [name for name in names if not os.path.exists(os.path.join(store, name))]
    os.makedirs(store, exist_ok=True)
    for name in missing:
        shutil.copy(archive, os.path.join(store, os.path.basename(name)))
    return missing


def ports():
    """The environment's names of the server's ports; a revision of 2020 has none for metrics."""
    kinds = {"inference": "pred-port", "management": "mgmt-port", "metrics": "metric-port"}
    for kind, name in kinds.items():
        url = os.environ.get("TS_%s_URL" % kind.upper())
        if url:
            yield name, urlsplit(url).port
            yield "sec-" + name, urlsplit(url).port


def with_own_ports(collection, folder):
    """The collection's file; a copy of it in the folder where it names one of upstream's fixed ports outright."""
    with open(collection, encoding="utf-8") as stream:
        content = json.load(stream)
    own, changed = dict(ports()), 0
    for url in urls(content):
        name = FIXED_PORTS.get(url.get("port"))
        if name in own:
            url["port"] = str(own[name])
            url["raw"] = re.sub(r":\d+", ":%d" % own[name], url.get("raw", ""), count=1)
            changed += 1
    if not changed:
        return collection
    os.makedirs(folder, exist_ok=True)
    copy = os.path.join(os.path.abspath(folder), os.path.basename(collection))
    with open(copy, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1)
    print("%s: %d requests to a fixed port go to the server's own" % (os.path.basename(collection), changed))
    return copy


def urls(content):
    """The parsed addresses of a collection's requests, however deep its folders."""
    for item in content.get("item", []):
        for url in urls(item):
            yield url
        request = item.get("request")
        if isinstance(request, dict) and isinstance(request.get("url"), dict):
            yield request["url"]


def newman(options):
    collection, data = FILES[options.collection]
    folder = os.path.join(os.path.abspath(options.source), POSTMAN)
    command = options.newman.split() + ["run", with_own_ports(os.path.join(folder, collection), options.artifacts)]
    command += ["--environment", os.path.join(folder, ENVIRONMENT), "--color", "off", "--timeout-request", "120000"]
    if data and os.path.exists(os.path.join(folder, data)):  # management had none in 2020
        command += ["--iteration-data", os.path.join(folder, data)]
    command += [] if data else ["--insecure"]
    for name, port in ports():
        command += ["--env-var", "%s=%d" % (name, port)]
    report = "upstream-%s" % options.collection
    junit = os.path.join(os.path.abspath(options.results), report + ".xml")
    command += ["--reporters", "cli,junit" + (",htmlextra" if options.html else "")]
    command += ["--reporter-cli-no-success-assertions", "--reporter-cli-no-banner"]
    command += ["--reporter-junit-export", junit]
    if options.html:
        command += ["--reporter-htmlextra-export", os.path.join(os.path.abspath(options.artifacts), report + ".html")]
    # The data names pictures relative to the folder that upstream runs it in.
    return ending.run(command, junit, ending.direct(), os.path.join(options.source, "test"))


def main():
    if sys.argv[1:2] == ["store"]:
        source, store, archive = sys.argv[2:]
        for name in fill(source, store, archive):
            print("stands in: %s" % name)
        return 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection", choices=sorted(FILES))
    parser.add_argument("source")
    parser.add_argument("--newman", required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("--artifacts", required=True)
    parser.add_argument("--html", action="store_true")
    return newman(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
