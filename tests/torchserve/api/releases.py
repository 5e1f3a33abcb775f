"""What a release leaves out of the collections, or answers otherwise: data for endpoints.py.

releases.py VERSION               exit status 1, and why, where the collections do not know the release
releases.py VERSION COLLECTION    what it leaves out: requests, a tab and the reason, a line each

endpoints.py has what 0.11 and later promise. Of an older release each difference stands here with its place in
TorchServe's sources of that tag, where what is expected comes from (Java's below frontend/server/src).
"""

import re
import sys
from collections import namedtuple

from postman import error, says

# Requests of a collection that a release has no answer to; with `paths`, only what these say of the body.
LeftOut = namedtuple("LeftOut", "collection reason requests paths")
# Requests by collection and name, with the expectations that take the place of others.
Release = namedtuple("Release", "left_out otherwise keys")


def left_out(collection, reason, *requests, **more):
    return LeftOut(collection, reason, requests, more.get("paths", ()))


NO_KEYS = "has no token authorization"  # docs/configuration.md: no authentication of its own
NO_LOCK = "has no lock on registering and unregistering"  # docs/management_api.md: both are always there
NO_EXPLANATIONS = "has no explanations"  # docs/inference_api.md: ping, predictions, description
NO_METRICS = "has no metrics API"  # docs/rest_api.md: two web services, inference and management
A_VERSION = r"\{model_name\}\[/\{model_version\}\]"

RELEASE_0_1_1 = Release(
    left_out=[
        # DescribeModelResponse.java has no such field
        left_out(
            "management",
            "does not describe the response timeout",
            "describe",
            "the batch settings are described",
            paths=["0.responseTimeout"],
        ),
        left_out(
            "inference",
            NO_EXPLANATIONS,
            "an explanation",
            "a prediction is no explanation",
            "an explanation of an unknown model",
            "explain with torch",
        ),
        left_out("inference", NO_METRICS, "the metrics count the requests", "the metrics have times"),
        # ts/protocol/otf_message_handler.py: the error is nobody's
        left_out("inference", "loses its worker over JSON that cannot be read", "a JSON body that is not JSON"),
        left_out(
            "https",
            NO_KEYS,
            "ping without a key",
            "ping with the management key",
            "ping with a key that is not called a bearer's",
            "predict without a key",
            "list without a key",
            "list with the inference key",
            "a new key with the management key",
            "a new key of an unknown kind",
            "a new key of no kind",
            "a new inference key",
            "a new management key",
            "the old inference key has ended",
            "the old management key has ended",
        ),
        left_out("https", NO_EXPLANATIONS, "explain"),
        left_out("https", NO_METRICS, "metrics need no key"),
        left_out("https", NO_LOCK, "register, which is off", "unregister, which is off"),
        left_out(
            "https_renewed",
            NO_KEYS,
            "ping with the new key",
            "predict with the new key",
            "list with the new key",
            "the new management key does not infer",
        ),
    ],
    otherwise={
        "management": {
            # ModelServerTest.java, testSetDefaultVersionNoop
            "set the default version": says('Default vesion succsesfully updated for model "echo" to "2.0"'),
            # ModelServerTest.java, testRegisterModelNotFound
            "register an absent archive": error(
                404, "ModelNotFoundException", "Model not found in model store: absent.mar"
            ),
            # ModelServerTest.java, testScaleModelFailure
            "register a handler that cannot be imported": error(
                500, "InternalServerException", "Failed to start workers"
            ),
            # ManagementRequestHandler.java, updateModelWorkers: it answers first and unregisters then
            "the broken model is not kept": {"until": {"code": 404}},
            # test/resources/management_open_api.json
            "the API describes itself": {"match": ['"/models"', '"/models/%s"' % A_VERSION]},
        },
        "inference": {
            # test/resources/inference_open_api.json
            "the API describes itself": {"match": ['"/predictions/%s"' % A_VERSION]},
        },
    },
    keys=False,
)
NEWEST = Release(left_out=[], otherwise={}, keys=True)


class Unknown(Exception):
    """Why the collections cannot be had for a release."""


def of(version):
    found = re.match(r"(\d+)\.(\d+)", version)
    if version == "0.1.1":
        return RELEASE_0_1_1
    if found and (int(found.group(1)), int(found.group(2))) >= (0, 11):
        return NEWEST
    raise Unknown(
        "the collections promise what 0.11 and later do, and what 0.1.1 does: there are none for %s" % version
    )


def stages_of(collection):
    """A new key is known only after it was asked for: the second half of https gets it as its variable."""
    return ["https", "https_renewed"] if collection == "https" else [collection]


def adapted(requests, collection, version):
    """What is asked of a release, of the whole collection's requests."""
    release = of(version)
    otherwise = release.otherwise.get(collection, {})
    for one in (one for one in release.left_out if one.collection == collection):
        if one.paths:
            requests = [each.without(*one.paths) if each.name in one.requests else each for each in requests]
        else:
            requests = [each for each in requests if each.name not in one.requests]
    requests = [each.but(**otherwise.get(each.name, {})) for each in requests]
    return requests if release.keys else [each.without("key") for each in requests]


def left_out_requests(collection, version):
    """(requests, reason) of what a release leaves out of a collection."""
    for one in of(version).left_out:
        if one.collection in stages_of(collection):
            names = ", ".join('"%s"' % name for name in one.requests)
            which = "%s of %s" % (", ".join(one.paths), names) if one.paths else names
            yield which, "%s %s" % (version, one.reason)


def main():
    try:
        release, collections = sys.argv[1], sys.argv[2:]
        of(release)
    except Unknown as error:
        print(error, file=sys.stderr)
        return 1
    for collection in collections:
        for names, reason in left_out_requests(collection, release):
            print("%s\t%s" % (names, reason))
    return 0


if __name__ == "__main__":
    sys.exit(main())
