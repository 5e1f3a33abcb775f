"""The codec of the frames between frontend and worker."""

import json

import pytest
from frames import Wire, load, number, predict, read, request

pytestmark = pytest.mark.torch("codec")


def retrieve(data):
    from ts.protocol.otf_message_handler import retrieve_msg

    return retrieve_msg(Wire(data))


def respond(*arguments, **options):
    from ts.protocol.otf_message_handler import create_predict_response

    return read(create_predict_response(*arguments, **options))


def context(*headers):
    from ts.context import Context, RequestProcessor

    one = Context("resnet", "/models", None, len(headers), None, "9")
    one.request_processor = [RequestProcessor(each) for each in headers]
    return one


def test_a_load_frame(modern):
    command, message = retrieve(load("resnet", "/models/resnet", "handler.py", batch=4, gpu=2, modern=modern))
    expected = {
        "modelName": b"resnet",
        "modelPath": b"/models/resnet",
        "handler": b"handler.py",
        "batchSize": 4,
        "gpu": 2,
    }
    if modern:
        expected.update(envelope=b"", limitMaxImagePixels=True)
    assert (command, message) == (b"L", expected)


def test_a_load_frame_without_gpu_has_no_such_field(modern):
    assert "gpu" not in retrieve(load("resnet", "/", "h", gpu=-1, modern=modern))[1]


def test_a_predict_frame_with_two_requests():
    command, message = retrieve(
        predict(
            request("id-a", [("data", "image/png", b"\x89PNG")], [("accept", "text/plain")]),
            request("id-b", [("data", "", b"x"), ("more", "", b"")]),
        )
    )
    assert command == b"I"
    assert [one["requestId"] for one in message] == [b"id-a", b"id-b"]
    assert message[0]["headers"] == [{"name": b"accept", "value": b"text/plain"}]
    assert message[0]["parameters"] == [{"name": "data", "contentType": "image/png", "value": b"\x89PNG"}]
    assert [one["name"] for one in message[1]["parameters"]] == ["data", "more"]


def parameter(content_type, value):
    return retrieve(predict(request("id", [("data", content_type, value)])))[1][0]["parameters"][0]["value"]


def test_json_is_decoded_on_arrival():
    assert parameter("application/json", b'{"a": [1, 2]}') == {"a": [1, 2]}


def test_text_is_decoded_on_arrival():
    assert parameter("text/plain", "grüße".encode("utf-8")) == "grüße"


def test_other_content_stays_bytes():
    assert parameter("application/octet-stream", b"\x00\xff") == b"\x00\xff"


def test_decoding_can_be_turned_off(monkeypatch):
    monkeypatch.setenv("TS_DECODE_INPUT_REQUEST", "false")
    assert parameter("application/json", b"[1]") == b"[1]"
    assert parameter("text/plain", b"a") == b"a"


@pytest.mark.modern
@pytest.mark.parametrize(("content_type", "value"), [("application/json", b"{"), ("text/plain", b"\xff")])
def test_what_cannot_be_decoded_is_handed_on_as_bytes(content_type, value):
    assert parameter(content_type, value) == value


@pytest.mark.of2020
def test_json_that_cannot_be_decoded_is_an_error():
    with pytest.raises(ValueError, match="Expecting"):
        parameter("application/json", b"{")


def test_an_unknown_command_is_refused():
    with pytest.raises(ValueError, match="Invalid command"):
        retrieve(b"X")


def test_a_frontend_that_is_gone_ends_the_worker():
    with pytest.raises(SystemExit) as caught:
        retrieve(b"L" + number(6) + b"res")
    assert caught.value.code == 0


def test_the_answer_to_a_load():
    from ts.protocol.otf_message_handler import create_load_model_response

    assert read(create_load_model_response(200, "loaded model resnet")) == (200, "loaded model resnet", [])


@pytest.mark.parametrize(
    ("value", "body"),
    [
        (b"\x00\x01", b"\x00\x01"),
        (bytearray(b"ab"), b"ab"),
        ("grüße", "grüße".encode("utf-8")),
    ],
)
def test_bytes_and_text_are_sent_as_they_are(value, body):
    code, message, predictions = respond([value], {0: "id-a"}, "Prediction success", 200)
    assert (code, message) == (200, "Prediction success")
    assert [(one["id"], one["body"]) for one in predictions] == [("id-a", body)]


def test_other_values_are_sent_as_json():
    assert json.loads(respond([{"a": [1, None]}], {0: "id"}, "ok", 200)[2][0]["body"].decode()) == {"a": [1, None]}


def test_a_value_that_is_no_json_is_answered_with_503():
    code, message, predictions = respond([object()], {0: "id"}, "ok", 200)
    assert (code, message) == (503, "Unsupported model output data type.")
    assert predictions[0]["body"] == b"error"


def test_an_answer_without_result_is_an_error_for_each_request():
    code, _, predictions = respond(None, {0: "id-a", 1: "id-b"}, "Prediction failed", 503)
    assert code == 503
    assert [(one["id"], one["code"], one["body"]) for one in predictions] == [
        ("id-a", 503, b"error"),
        ("id-b", 503, b"error"),
    ]


def test_status_headers_and_type_come_from_the_context():
    one = context({}, {})
    one.set_response_content_type(0, "text/html")
    one.set_response_header(0, "x-own", "1")
    one.set_response_status(code=201, phrase="made", idx=1)
    first, second = respond(["a", "b"], {0: "id-a", 1: "id-b"}, "ok", 200, context=one)[2]
    assert (first["type"], first["code"], first["phrase"]) == ("text/html", 200, "")
    assert first["headers"] == {"content-type": "text/html", "x-own": "1"}
    assert (second["type"], second["code"], second["phrase"], second["headers"]) == ("", 201, "made", {})


@pytest.mark.modern
def test_a_partial_answer_announces_the_next():
    one = context({})
    assert respond(["a"], {0: "id"}, "ok", 200, context=one, ts_stream_next=True)[2][0]["headers"] == {
        "ts_stream_next": "true"
    }
    assert respond(["b"], {0: "id"}, "ok", 200, context=one)[2][0]["headers"] == {"ts_stream_next": "false"}
