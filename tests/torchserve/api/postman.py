"""Requests and what is expected of their answers, as Postman 2.1 JSON with pm.test calls."""

import json

JSON = "^application/json"
UNTYPED = "^$"  # a handler's answer, unless it says a type


class Request(object):
    """One request and what is expected of its answer.

    status, type (a pattern for content-type), json (the whole body), has ({path: value} in the JSON
    body; a path's last word may be `length`), text (the whole body), match (patterns in the body),
    answers (headers); until ({path: value}): the request is repeated until the body has it; script: more lines
    of JavaScript.
    """

    def __init__(self, name, method, where, path, status=200, **expected):
        self.name, self.method, self.where, self.path, self.status = name, method, where, path, status
        self.send = {key: expected.pop(key) for key in ("headers", "body", "form", "key") if key in expected}
        self.expected = expected

    def but(self, **expected):
        """The same request, with other expectations in the place of those named."""
        status = expected.pop("status", self.status)
        return Request(
            self.name, self.method, self.where, self.path, status, **dict(self.send, **dict(self.expected, **expected))
        )

    def without(self, *words):
        """The same request without what is named: a header or body that it sends, or paths of its `has`."""
        kept = {key: value for key, value in dict(self.send, **self.expected).items() if key not in words}
        if "has" in kept:
            kept["has"] = {path: value for path, value in kept["has"].items() if path not in words}
        return Request(self.name, self.method, self.where, self.path, self.status, **kept)

    def postman(self):
        host, _, query = self.path.partition("?")
        request = {
            "method": self.method,
            "url": {"raw": "{{%s}}%s" % (self.where, self.path), "host": ["{{%s}}" % self.where]},
            "header": [{"key": key, "value": value} for key, value in self.send.get("headers", {}).items()],
        }
        request["url"]["path"] = host.strip("/").split("/") if host != "/" else [""]
        if query:
            request["url"]["query"] = [dict(zip(("key", "value"), pair.split("=", 1))) for pair in query.split("&")]
        if "key" in self.send:
            request["header"].append({"key": "Authorization", "value": "Bearer {{%s}}" % self.send["key"]})
        if "body" in self.send:
            if not any(header["key"] == "content-type" for header in request["header"]):
                request["header"].append({"key": "content-type", "value": "application/octet-stream"})
            request["body"] = {"mode": "raw", "raw": self.send["body"]}
        if "form" in self.send:
            fields = [{"key": key, "value": value, "type": "text"} for key, value in self.send["form"].items()]
            request["body"] = {"mode": "formdata", "formdata": fields}
        event = {"listen": "test", "script": {"type": "text/javascript", "exec": self.script()}}
        return {"name": self.name, "request": request, "event": [event]}

    def script(self):
        expected = self.expected
        lines = list(HELPERS)
        if "until" in expected:
            lines += [UNTIL % json.dumps(expected["until"]), "if (again) { return; }"]
        lines += [check("status is %d" % self.status, expect("pm.response.code", "equal", self.status))]
        lines += [check("has a request id", expect(header("x-request-id"), "match", "^[0-9a-f-]{36}$"))]
        lines += self.checks()
        lines += [
            check("answers in time", expect("pm.response.responseTime", "be.below", expected.get("within", 5000)))
        ]
        # A function, so that a request that is to be repeated can return before its checks.
        return ["(function () {"] + lines + expected.get("script", []) + ["})();"]

    def checks(self):
        """One pm.test for each expectation that the request names."""
        expected = self.expected
        content_type = expected.get("type", JSON if "json" in expected or "has" in expected else None)
        if content_type:
            yield check("content type", expect(header("content-type"), "match", content_type))
        if "json" in expected:
            yield check("body", expect("pm.response.json()", "eql", expected["json"]))
        for path, value in sorted(dict(expected.get("has", {}), **expected.get("until", {})).items()):
            yield check(path, expect("at(pm.response.json(), %s)" % json.dumps(path), "eql", value))
        if "text" in expected:
            yield check("body", expect("pm.response.text()", "equal", expected["text"]))
        for pattern in expected.get("match", []):
            yield check("body matches " + pattern, expect("pm.response.text()", "match", pattern))
        for key, value in sorted(expected.get("answers", {}).items()):
            yield check("header " + key, expect(header(key), "equal", value))


def says(text):
    return {"json": {"status": text}}


def error(code, kind, message):
    return {"json": {"code": code, "type": kind, "message": message}}


def header(name):
    return "(pm.response.headers.get(%s) || '')" % json.dumps(name)


def expect(found, relation, value):
    wanted = json.dumps(value)
    return "pm.expect(%s).to.%s(%s);" % (found, relation, "new RegExp(%s)" % wanted if relation == "match" else wanted)


HELPERS = [
    "function at(value, path) { return path.split('.').reduce((one, key) => one == null ? one : one[key], value); }",
]
UNTIL = """const wanted = %s;
let found = {};
try { found = pm.response.json(); } catch (error) { console.log(String(error)); }
const tries = Number(pm.collectionVariables.get('tries') || 0) + 1;
const again = tries < 150 && !Object.keys(wanted).every(path => at(found, path) === wanted[path]);
pm.collectionVariables.set('tries', again ? tries : 0);
if (again) { setTimeout(() => {}, 200); postman.setNextRequest(pm.info.requestName); }"""


def check(name, line):
    return "pm.test(%s, () => { %s });" % (json.dumps(name), line)


def collection(name, requests):
    names = [one.name for one in requests]
    assert len(set(names)) == len(names), "two requests of one name"
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return {"info": {"name": "TorchServe " + name, "schema": schema}, "item": [one.postman() for one in requests]}
