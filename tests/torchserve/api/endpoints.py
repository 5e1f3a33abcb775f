"""The API tests' collections: endpoints.py COLLECTION RELEASE [--torch] prints one as Postman 2.1 JSON,
with --of-torch what a stub of torch leaves out of it: a request, a tab and the reason, a line each.

They are what 0.11 and later promise; releases.py has what an older one leaves out or words otherwise.
Newman gives the variables {{inference}}, {{management}} and {{metrics}} (addresses), and the keys of
a server that wants them.
"""

import json
import sys

from postman import JSON, UNTYPED, Request, check, collection, error, expect, says
from releases import adapted, stages_of


def manage(name, method, path, status=200, **expected):
    return Request(name, method, "management", path, status, **expected)


def infer(name, method, path, status=200, **expected):
    return Request(name, method, "inference", path, status, **expected)


REGISTERED = 'Model "%s" Version: %s registered with %d initial workers'
ADD_WORKERS = ". Use scale workers API to add workers for the model."
NOT_ALLOWED = error(405, "MethodNotAllowedException", "Requested method is not allowed, please refer to API document.")
NO_RESOURCE = error(404, "ResourceNotFoundException", "Requested resource is not found, please refer to API document.")
NO_MODEL = error(404, "ModelNotFoundException", "Model not found: absent")
INVALID_KEY = error(
    400,
    "InvalidKeyException",
    "Token Authorization failed. Token either incorrect, expired, or not provided correctly",
)
INVALID_API_KEY = error(
    400,
    "InvalidKeyException",
    "Token Authentication failed. Token either incorrect, expired, or not provided correctly",
)
# A new key is written to the server's file alone.
NO_KEY_IN_IT = {"type": JSON, "match": ["^\\s*$"]}
# The four requests are answered from one batch: each says that it was one of four.
FOUR_AT_ONCE = """const url = pm.variables.get('inference') + '/predictions/batched';
const batches = [];
for (let index = 0; index < 4; index += 1) {
  const request = {url, method: 'POST', header: {'content-type': 'text/plain'}, body: {mode: 'raw', raw: 'x'}};
  pm.sendRequest(request, (error, answer) => {
    batches.push(error ? String(error) : answer.json().batch);
    if (batches.length < 4) { return; }
    pm.test('four requests make a batch', () => { pm.expect(batches).to.eql([4, 4, 4, 4]); });
  });
}"""


def management(with_torch):
    return [
        manage("no models at first", "GET", "/models", json={"models": []}),
        manage(
            "register with a worker",
            "POST",
            "/models?url=echo_v1.mar&initial_workers=1&synchronous=true",
            within=30000,
            **says(REGISTERED % ("echo", "1.0", 1)),
        ),
        manage(
            "the list has it", "GET", "/models", json={"models": [{"modelName": "echo", "modelUrl": "echo_v1.mar"}]}
        ),
        manage(
            "register it again",
            "POST",
            "/models?url=echo_v1.mar",
            409,
            **error(409, "ConflictStatusException", "Model version 1.0 is already registered for model echo"),
        ),
        manage(
            "register a second version",
            "POST",
            "/models?url=echo_v2.mar",
            **says(REGISTERED % ("echo", "2.0", 0) + ADD_WORKERS),
        ),
        manage(
            "describe",
            "GET",
            "/models/echo",
            has={
                "length": 1,
                "0.modelName": "echo",
                "0.modelVersion": "1.0",
                "0.modelUrl": "echo_v1.mar",
                "0.runtime": "python",
                "0.minWorkers": 1,
                "0.maxWorkers": 1,
                "0.batchSize": 1,
                "0.maxBatchDelay": 100,
                "0.responseTimeout": 120,
                "0.workers.length": 1,
                "0.workers.0.status": "READY",
                "0.loadedAtStartup": False,
            },
        ),
        manage(
            "describe all versions",
            "GET",
            "/models/echo/all",
            has={"length": 2, "0.modelVersion": "1.0", "1.modelVersion": "2.0"},
        ),
        manage(
            "describe one version",
            "GET",
            "/models/echo/2.0",
            has={"length": 1, "0.modelVersion": "2.0", "0.workers.length": 0},
        ),
        manage(
            "describe an unknown version",
            "GET",
            "/models/echo/9.9",
            404,
            **error(404, "ModelVersionNotFoundException", "Model version: 9.9 does not exist for model: echo"),
        ),
        manage("describe an unknown model", "GET", "/models/absent", 404, **NO_MODEL),
        manage(
            "scale up and wait",
            "PUT",
            "/models/echo/2.0?min_worker=2&synchronous=true",
            within=30000,
            **says("Workers scaled to 2 for model: echo, version: 2.0"),
        ),
        manage(
            "two workers are ready",
            "GET",
            "/models/echo/2.0",
            has={
                "0.minWorkers": 2,
                "0.maxWorkers": 2,
                "0.workers.length": 2,
                "0.workers.0.status": "READY",
                "0.workers.1.status": "READY",
            },
        ),
        manage(
            "scale to fewer at most than at least",
            "PUT",
            "/models/echo/2.0?min_worker=3&max_worker=1",
            400,
            **error(400, "BadRequestException", "max_worker cannot be less than min_worker."),
        ),
        manage("scale an unknown model", "PUT", "/models/absent?min_worker=1", 404, **NO_MODEL),
        manage(
            "scale down and go on",
            "PUT",
            "/models/echo/2.0?min_worker=1&max_worker=1",
            202,
            **says("Processing worker updates..."),
        ),
        manage(
            "one worker is left",
            "GET",
            "/models/echo/2.0",
            type=JSON,
            until={"0.workers.length": 1, "0.workers.0.status": "READY"},
        ),
        manage(
            "set the default version",
            "PUT",
            "/models/echo/2.0/set-default",
            **says('Default version successfully updated for model "echo" to "2.0"'),
        ),
        manage("the default is described", "GET", "/models/echo", has={"length": 1, "0.modelVersion": "2.0"}),
        manage(
            "set an unknown default",
            "PUT",
            "/models/echo/9/set-default",
            404,
            **error(404, "ModelVersionNotFoundException", "Model version 9 does not exist for model echo"),
        ),
        manage("set a default of an unknown model", "PUT", "/models/absent/1/set-default", 404, **NO_MODEL),
        manage(
            "the default version stays",
            "DELETE",
            "/models/echo/2.0",
            403,
            **error(403, "InvalidModelVersionException", "Cannot remove default version for model echo"),
        ),
        manage("unregister a version", "DELETE", "/models/echo/1.0", **says('Model "echo" unregistered')),
        manage(
            "the version is gone",
            "GET",
            "/models/echo/1.0",
            404,
            **error(404, "ModelVersionNotFoundException", "Model version: 1.0 does not exist for model: echo"),
        ),
        manage(
            "register under another name with batches",
            "POST",
            "/models?url=echo_v1.mar&model_name=batched&batch_size=4&max_batch_delay=5000&response_timeout=60"
            "&initial_workers=1&synchronous=true",
            within=30000,
            **says(REGISTERED % ("batched", "1.0", 1)),
        ),
        manage(
            "the batch settings are described",
            "GET",
            "/models/batched",
            has={"0.modelName": "batched", "0.batchSize": 4, "0.maxBatchDelay": 5000, "0.responseTimeout": 60},
            script=[FOUR_AT_ONCE],
        ),
        manage(
            "the first page of models",
            "GET",
            "/models?limit=1",
            has={"nextPageToken": "1", "models.length": 1, "models.0.modelName": "batched"},
        ),
        manage(
            "the second page of models",
            "GET",
            "/models?limit=1&next_page_token=1",
            has={"models.length": 1, "models.0.modelName": "echo", "models.0.modelUrl": "echo_v2.mar"},
        ),
        manage(
            "register nothing",
            "POST",
            "/models",
            400,
            **error(400, "BadRequestException", "Parameter url is required."),
        ),
        manage(
            "register an absent archive",
            "POST",
            "/models?url=absent.mar",
            404,
            **error(404, "ModelNotFoundException", "Model not found at: absent.mar"),
        ),
        manage(
            "register from outside the store",
            "POST",
            "/models?url=../echo_v1.mar",
            404,
            **error(404, "ModelNotFoundException", "Relative path is not allowed in url: ../echo_v1.mar"),
        ),
        manage(
            "register a handler that cannot be imported",
            "POST",
            "/models?url=broken.mar&initial_workers=1&synchronous=true",
            500,
            within=60000,
            **error(500, "InternalServerException", "Failed to start workers for model broken version: 1.0"),
        ),
        manage(
            "the broken model is not kept",
            "GET",
            "/models/broken",
            404,
            **error(404, "ModelNotFoundException", "Model not found: broken"),
        ),
        manage("a method that is not there", "PATCH", "/models", 405, **NOT_ALLOWED),
        manage("a resource that is not there", "GET", "/absent", 404, **NO_RESOURCE),
        manage(
            "the API describes itself",
            "OPTIONS",
            "/",
            has={"openapi": "3.0.1"},
            match=['"/models"', '"/models/\\{model_name\\}"'],
        ),
        manage("unregister the batched model", "DELETE", "/models/batched", **says('Model "batched" unregistered')),
        manage("unregister the last version", "DELETE", "/models/echo", **says('Model "echo" unregistered')),
        manage("unregister an unknown model", "DELETE", "/models/absent", 404, **NO_MODEL),
        manage("no models at the end", "GET", "/models", json={"models": []}),
    ]


def got(kind, **rest):
    """What the echo model says of a body."""
    has = {"model": "echo", "inputs.body.kind": kind}
    has.update({"inputs.body." + key: value for key, value in rest.items()})
    return {"has": has, "type": UNTYPED}


HELLO_SHA = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
JSON_BODY = {"headers": {"content-type": "application/json"}}


def inference(with_torch):
    echo = "/predictions/echo"
    requests = [
        infer("ping", "GET", "/ping", **says("Healthy")),
        infer(
            "predict before there is a model",
            "POST",
            echo,
            404,
            body="x",
            **error(404, "ModelNotFoundException", "Model not found: echo"),
        ),
        manage(
            "register echo",
            "POST",
            "/models?url=echo_v1.mar&initial_workers=1&synchronous=true",
            within=30000,
            **says(REGISTERED % ("echo", "1.0", 1)),
        ),
        infer(
            "a JSON body",
            "POST",
            echo,
            body='{"a": [1, "zwei", null]}',
            **dict(got("dict", value={"a": [1, "zwei", None]}), **JSON_BODY),
        ),
        infer(
            "a text body",
            "POST",
            echo,
            body="grüße",
            headers={"content-type": "text/plain; charset=utf-8"},
            **got("str", value="grüße"),
        ),
        infer(
            "a body of bytes",
            "POST",
            echo,
            body="hello",
            headers={"content-type": "application/octet-stream"},
            **got("bytes", size=5, sha256=HELLO_SHA),
        ),
        infer("a JSON body that is not JSON", "POST", echo, body='{"a":', **dict(got("bytes", size=5), **JSON_BODY)),
        infer("no body", "POST", echo, **got("bytes", size=0)),
        infer(
            "a body by PUT",
            "PUT",
            echo,
            body="hello",
            headers={"content-type": "application/octet-stream"},
            **got("bytes", sha256=HELLO_SHA),
        ),
        infer(
            "a form of several parts",
            "POST",
            echo,
            form={"data": "hello", "more": "x"},
            type=UNTYPED,
            has={"inputs.data.sha256": HELLO_SHA, "inputs.more.size": 1},
        ),
        infer(
            "a form in the body",
            "POST",
            echo,
            body="x=hello&y=1",
            headers={"content-type": "application/x-www-form-urlencoded"},
            type=UNTYPED,
            has={"inputs.x.sha256": HELLO_SHA, "inputs.y.size": 1},
        ),
        infer("a version by name", "POST", echo + "/1.0", body="hello", **got("bytes", size=5)),
        infer(
            "an unknown version",
            "POST",
            echo + "/9.0",
            404,
            body="x",
            **error(404, "ModelVersionNotFoundException", "Model version: 9.0 does not exist for model: echo"),
        ),
        infer("an unknown model", "POST", "/predictions/absent", 404, body="x", **NO_MODEL),
        infer(
            "a header of the handler's own",
            "POST",
            echo,
            body="x",
            headers={"x-answer": "header"},
            type=UNTYPED,
            has={"model": "echo", "inputs.body.size": 1},
            answers={"x-own": "echo"},
        ),
        infer(
            "an answer of text",
            "POST",
            echo,
            body="x",
            headers={"x-answer": "text"},
            type="^text/plain",
            text="plain answer",
        ),
        infer(
            "an answer of bytes",
            "POST",
            echo,
            body="x",
            headers={"x-answer": "bytes"},
            type="^application/octet-stream",
            script=[check("the bytes", expect("Array.from(pm.response.stream)", "eql", [0, 1, 2, 255]))],
        ),
        infer(
            "a status of the handler's own",
            "POST",
            echo,
            418,
            body="x",
            headers={"x-answer": "teapot"},
            type=UNTYPED,
            text="short and stout",
        ),
        infer(
            "a handler that fails",
            "POST",
            echo,
            503,
            body="x",
            headers={"x-answer": "error"},
            **error(503, "InternalServerException", "Prediction failed"),
        ),
        infer("it serves on after a failure", "POST", echo, body="hello", **got("bytes", size=5)),
        infer(
            "an explanation",
            "POST",
            "/explanations/echo",
            body="hello",
            type=UNTYPED,
            has={"explain": True, "model": "echo"},
        ),
        infer("a prediction is no explanation", "POST", echo, body="hello", type=UNTYPED, has={"explain": False}),
        infer("an explanation of an unknown model", "POST", "/explanations/absent", 404, body="x", **NO_MODEL),
        manage(
            "register a version without workers",
            "POST",
            "/models?url=echo_v2.mar",
            **says(REGISTERED % ("echo", "2.0", 0) + ADD_WORKERS),
        ),
        infer(
            "a version without workers",
            "POST",
            echo + "/2.0",
            503,
            body="x",
            has={"code": 503, "type": "ServiceUnavailableException"},
            match=["has no worker to serve inference request. Please use scale workers API to add workers."],
        ),
        infer(
            "the API describes itself",
            "OPTIONS",
            "/",
            has={"openapi": "3.0.1"},
            match=['"/predictions/\\{model_name\\}"'],
        ),
        infer("the old address of the description", "GET", "/api-description", has={"openapi": "3.0.1"}),
        infer(
            "a model describes its API",
            "OPTIONS",
            echo,
            has={"openapi": "3.0.1", "info.title": "RESTful API for: echo"},
        ),
        infer("a resource that is not there", "GET", "/absent", 404, **NO_RESOURCE),
        Request(
            "the metrics count the requests",
            "GET",
            "metrics",
            "/metrics?name[]=ts_inference_requests_total",
            type="^text/plain",
            match=['ts_inference_requests_total\\{model_name="echo",model_version="1.0",[^}]*\\} 1.0'],
        ),
        Request(
            "the metrics have times",
            "GET",
            "metrics",
            "/metrics",
            type="^text/plain",
            match=[
                "# TYPE PredictionTime gauge",
                'PredictionTime\\{ModelName="echo",Level="Model"',
                "# TYPE Requests2XX counter",
            ],
        ),
    ]
    return (
        requests
        + (linear() if with_torch else [])
        + [
            infer("ping at the end", "GET", "/ping", **says("Healthy")),
        ]
    )


def linear():
    """The model with torch: y = 2x + 1."""
    path = "/predictions/linear"
    return [
        manage(
            "register linear",
            "POST",
            "/models?url=linear.mar&initial_workers=1&synchronous=true&batch_size=2&max_batch_delay=10",
            within=60000,
            **says(REGISTERED % ("linear", "1.0", 1)),
        ),
        infer(
            "predict with torch",
            "POST",
            path,
            body="[1, 2, -3]",
            type=UNTYPED,
            script=[check("y = 2x + 1", expect("pm.response.json()", "eql", [3, 5, -5]))],
            **JSON_BODY,
        ),
        infer(
            "explain with torch",
            "POST",
            "/explanations/linear",
            body="[1, 5]",
            type=UNTYPED,
            script=[check("the slope", expect("pm.response.json()", "eql", [2, 2]))],
            **JSON_BODY,
        ),
        infer(
            "predict with torch from what are no numbers",
            "POST",
            path,
            503,
            body='["a"]',
            **dict(error(503, "InternalServerException", "Prediction failed"), **JSON_BODY),
        ),
        manage("unregister linear", "DELETE", "/models/linear", **says('Model "linear" unregistered')),
    ]


def https(with_torch):
    """A server that wants keys and registers nothing: 0.12's defaults. The model echo is loaded at its start."""
    echo = "/predictions/echo"
    return [
        infer("ping without a key", "GET", "/ping", 400, **INVALID_KEY),
        infer("ping", "GET", "/ping", key="inference_key", **says("Healthy")),
        infer("ping with the management key", "GET", "/ping", 400, key="management_key", **INVALID_KEY),
        infer(
            "ping with a key that is not called a bearer's",
            "GET",
            "/ping",
            400,
            headers={"Authorization": "{{inference_key}}"},
            **INVALID_KEY,
        ),
        infer(
            "predict",
            "POST",
            echo,
            body="hello",
            key="inference_key",
            headers={"content-type": "text/plain"},
            **got("str", value="hello"),
        ),
        infer("predict without a key", "POST", echo, 400, body="hello", **INVALID_KEY),
        infer(
            "explain",
            "POST",
            "/explanations/echo",
            body="hello",
            key="inference_key",
            type=UNTYPED,
            has={"explain": True},
        ),
        infer("an unknown model", "POST", "/predictions/absent", 404, body="x", key="inference_key", **NO_MODEL),
        manage(
            "list",
            "GET",
            "/models",
            key="management_key",
            json={"models": [{"modelName": "echo", "modelUrl": "echo_v1.mar"}]},
        ),
        manage("list without a key", "GET", "/models", 400, **INVALID_KEY),
        manage("list with the inference key", "GET", "/models", 400, key="inference_key", **INVALID_KEY),
        manage(
            "describe",
            "GET",
            "/models/echo",
            key="management_key",
            has={"0.loadedAtStartup": True, "0.workers.length": 1},
        ),
        manage(
            "scale",
            "PUT",
            "/models/echo?min_worker=2&synchronous=true",
            key="management_key",
            within=30000,
            **says("Workers scaled to 2 for model: echo"),
        ),
        manage("register, which is off", "POST", "/models?url=echo_v2.mar", 405, key="management_key", **NOT_ALLOWED),
        manage("unregister, which is off", "DELETE", "/models/echo", 405, key="management_key", **NOT_ALLOWED),
        manage("the API describes itself to all", "OPTIONS", "/", has={"openapi": "3.0.1"}),
        Request(
            "metrics need no key",
            "GET",
            "metrics",
            "/metrics",
            type="^text/plain",
            match=["# TYPE Requests4XX counter"],
        ),
        manage(
            "a new key with the management key",
            "GET",
            "/token?type=inference",
            400,
            key="management_key",
            **INVALID_API_KEY,
        ),
        manage("a new key of an unknown kind", "GET", "/token?type=other", 400, key="api_key", **INVALID_API_KEY),
        manage("a new key of no kind", "GET", "/token", 400, key="api_key", **INVALID_API_KEY),
        manage("a new inference key", "GET", "/token?type=inference", key="api_key", **NO_KEY_IN_IT),
        manage("a new management key", "GET", "/token?type=management", key="api_key", **NO_KEY_IN_IT),
        infer("the old inference key has ended", "GET", "/ping", 400, key="inference_key", **INVALID_KEY),
        manage("the old management key has ended", "GET", "/models", 400, key="management_key", **INVALID_KEY),
    ]


def https_renewed(with_torch):
    """After the renewal, with the keys that the server wrote then."""
    return [
        infer("ping with the new key", "GET", "/ping", key="inference_key", **says("Healthy")),
        infer(
            "predict with the new key",
            "POST",
            "/predictions/echo",
            body="hello",
            key="inference_key",
            type=UNTYPED,
            has={"model": "echo"},
        ),
        manage("list with the new key", "GET", "/models", key="management_key", has={"models.0.modelName": "echo"}),
        infer("the new management key does not infer", "GET", "/ping", 400, key="management_key", **INVALID_KEY),
    ]


COLLECTIONS = {"management": management, "inference": inference, "https": https, "https_renewed": https_renewed}


def named(name, with_torch, release):
    return collection(name, adapted(COLLECTIONS[name](with_torch), name, release))


def of_torch(collection_name, release):
    """The names of the requests that a stub of torch has no answer to."""
    for name in stages_of(collection_name):
        without = [one["name"] for one in named(name, False, release)["item"]]
        for one in named(name, True, release)["item"]:
            if one["name"] not in without:
                yield one["name"]


def main():
    name, release, words = sys.argv[1], sys.argv[2], sys.argv[3:]
    if "--of-torch" in words:
        for request in of_torch(name, release):
            print('"%s"\tit computes with torch, and the stub does not' % request)
    else:
        json.dump(named(name, "--torch" in words, release), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
