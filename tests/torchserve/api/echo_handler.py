"""A handler without torch: it says what it was given. The header x-answer asks for other answers."""

import hashlib


def described(value):
    if isinstance(value, (bytes, bytearray)):
        return {"kind": "bytes", "size": len(value), "sha256": hashlib.sha256(bytes(value)).hexdigest()}
    return {"kind": type(value).__name__, "value": value}


def answer(row, index, context, batch):
    wanted = context.get_request_header(index, "x-answer")
    if wanted == "text":
        context.set_response_content_type(index, "text/plain")
        return "plain answer"
    if wanted == "bytes":
        context.set_response_content_type(index, "application/octet-stream")
        return b"\x00\x01\x02\xff"
    if wanted == "teapot":
        context.set_response_status(code=418, phrase="teapot", idx=index)
        return "short and stout"
    if wanted == "header":
        context.set_response_header(index, "x-own", "echo")
    if wanted == "error":
        raise ValueError("asked for an error")
    explain = context.get_request_header(index, "explain") == "True"
    result = {"model": context.model_name, "batch": batch, "explain": explain}
    result["inputs"] = {name: described(value) for name, value in sorted(row.items())}
    return result


def handle(data, context):
    if data is None:
        return None
    return [answer(row, index, context, len(data)) for index, row in enumerate(data)]
