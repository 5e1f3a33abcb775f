"""The service: from a batch of requests to one answer for each."""

import pytest
from frames import read

pytestmark = pytest.mark.torch("service")


class Metrics(object):
    """Stands for the cache of metrics that 0.12 hands in."""

    def __init__(self):
        self.times = []
        self.request_ids = None

    def add_time(self, name, value):
        self.times.append((name, value))


@pytest.fixture
def service(modern):
    from ts.service import Service

    def make(entry_point):
        one = Service("own", "/models", None, entry_point, None, 2, *([True, Metrics()] if modern else []))
        if modern:
            one.set_cl_socket(None)
        return one

    return make


def requests(count=2):
    return [
        {
            "requestId": ("id-%d" % index).encode(),
            "headers": [{"name": b"accept", "value": b"text/plain"}],
            "parameters": [{"name": "data", "contentType": "text/plain", "value": str(index)}],
        }
        for index in range(count)
    ]


def answer(service, entry_point, count=2):
    return read(service(entry_point).predict(requests(count)))


def fail(error):
    def entry_point(data, context):
        raise error

    return entry_point


def test_requests_become_inputs_headers_and_ids():
    from ts.service import Service

    headers, inputs, ids = Service.retrieve_data_for_inference(requests())
    assert inputs == [{"data": "0"}, {"data": "1"}]
    assert ids == {0: "id-0", 1: "id-1"}
    assert headers[0].get_request_properties() == {"data": {"content-type": "text/plain"}, "accept": "text/plain"}


def test_no_batch_is_refused():
    from ts.service import Service

    with pytest.raises(ValueError, match="invalid inputs"):
        Service.retrieve_data_for_inference(None)


def test_each_request_gets_its_own_answer(service):
    code, message, predictions = answer(service, lambda data, context: [one["data"] + "!" for one in data])
    assert (code, message) == (200, "Prediction success")
    assert [(one["id"], one["body"]) for one in predictions] == [("id-0", b"0!"), ("id-1", b"1!")]


def test_the_handler_sees_ids_and_headers_in_its_context(service):
    seen = []

    def entry_point(data, context):
        seen.append((context.get_request_id(1), context.get_request_header(0, "accept")))
        return data

    answer(service, entry_point)
    assert seen == [("id-1", "text/plain")]


def test_the_time_of_a_prediction_is_a_metric(service, modern):
    one = service(lambda data, context: data)
    one.predict(requests())
    metrics = one.context.metrics
    names = [name for name, _ in metrics.times] if modern else [each.name for each in metrics.store]
    assert names == ["PredictionTime"]


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (MemoryError(), 507, "Out of resources"),
        (ValueError("odd"), 503, "Prediction failed"),
    ],
)
def test_an_error_of_the_handler_is_answered(service, error, code, message):
    assert answer(service, fail(error))[:2] == (code, message)


@pytest.mark.modern
def test_a_full_gpu_is_answered_as_out_of_resources(service):
    assert answer(service, fail(RuntimeError("CUDA out of memory")))[:2] == (507, "Out of resources")


@pytest.mark.modern
def test_a_prediction_error_is_answered_with_its_code(service):
    from ts.utils.util import PredictionException

    assert answer(service, fail(PredictionException("too big", 413)))[:2] == (413, "too big")


def test_a_result_that_is_no_list_is_answered_with_503(service):
    assert answer(service, lambda data, context: "ok")[:2] == (503, "Invalid model predict output")


def test_a_result_of_another_length_is_answered_with_503(service):
    assert answer(service, lambda data, context: ["ok"])[:2] == (503, "number of batch response mismatched")


def test_metrics_are_logged_for_the_frontend(caplog):
    import logging

    from ts.service import emit_metrics

    caplog.set_level(logging.INFO)
    emit_metrics(["a", "b"])
    emit_metrics(None)
    assert [record.getMessage() for record in caplog.records] == ["[METRICS]a", "[METRICS]b"]
