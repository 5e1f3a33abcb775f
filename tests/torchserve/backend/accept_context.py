"""The context that a handler is given, and the request processors behind it."""

import pytest


@pytest.fixture
def context():
    from ts.context import Context

    return Context("resnet", "/models/resnet", {"model": {"modelName": "resnet"}}, 4, 1, "9.9")


@pytest.fixture
def batch(context):
    from ts.context import RequestProcessor

    context.request_ids = {0: "id-a", 1: "id-b"}
    context.request_processor = [RequestProcessor({"accept": "text/plain"}), RequestProcessor({"x-own": "2"})]
    return context


def test_it_knows_its_model(context):
    assert (context.model_name, context.manifest) == ("resnet", {"model": {"modelName": "resnet"}})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model_dir", "/models/resnet"),
        ("gpu_id", 1),
        ("batch_size", 4),
        ("server_name", "MMS"),
        ("server_version", "9.9"),
    ],
)
def test_system_properties(context, name, value):
    assert context.system_properties[name] == value


@pytest.mark.modern
def test_pictures_are_limited_unless_stated(context):
    assert context.system_properties["limit_max_image_pixels"] is True


@pytest.mark.modern
def test_it_carries_the_models_settings():
    from ts.context import Context

    settings = {"minWorkers": 1}
    assert Context("a", "b", None, 1, None, "9", model_yaml_config=settings).model_yaml_config == settings


def test_request_ids(batch):
    assert [batch.get_request_id(index) for index in (0, 1, 2)] == ["id-a", "id-b", None]
    assert batch.get_request_id() == "id-a"


@pytest.mark.modern
def test_without_requests_there_is_no_request_id(context):
    assert context.get_request_id() is None


def test_request_headers_belong_to_one_request(batch):
    assert batch.get_request_header(0, "accept") == "text/plain"
    assert batch.get_request_header(1, "accept") is None
    assert batch.get_all_request_header(1) == {"x-own": "2"}


def test_an_answer_is_200_unless_stated(batch):
    assert batch.get_response_status(0) == (200, None)


def test_the_status_of_one_answer(batch):
    batch.set_response_status(code=418, phrase="teapot", idx=1)
    assert [batch.get_response_status(index) for index in (0, 1)] == [(200, None), (418, "teapot")]


def test_the_status_of_all_answers(batch):
    batch.set_all_response_status(code=503, phrase="busy")
    assert [batch.get_response_status(index) for index in (0, 1)] == [(503, "busy"), (503, "busy")]


def test_a_status_without_requests_is_no_error(context):
    context.set_response_status(code=500)
    assert context.request_processor is None


def test_response_headers_belong_to_one_answer(batch):
    batch.set_response_header(0, "x-own", "1")
    assert [batch.get_response_headers(index) for index in (0, 1)] == [{"x-own": "1"}, {}]


def test_the_content_type_is_a_response_header(batch):
    assert batch.get_response_content_type(0) is None
    batch.set_response_content_type(0, "image/png")
    assert batch.get_response_content_type(0) == "image/png"
    assert batch.get_response_headers(0) == {"content-type": "image/png"}


def test_metrics_can_be_given(context):
    context.metrics = "metrics"
    assert context.metrics == "metrics"


def test_contexts_are_equal_by_what_they_hold(context):
    from ts.context import Context

    same = Context("resnet", "/models/resnet", {"model": {"modelName": "resnet"}}, 4, 1, "9.9")
    assert context == same
    same.request_ids = {0: "id"}
    assert context != same
    assert context != "resnet"


@pytest.mark.modern
def test_a_sequences_id_is_a_header_whose_name_can_be_set(monkeypatch):
    from ts.context import Context, RequestProcessor

    monkeypatch.setenv("TS_REQUEST_SEQUENCE_ID", "x-sequence")
    context = Context("a", "b", None, 1, None, "9")
    context.request_processor = [RequestProcessor({"x-sequence": "s1"})]
    assert context.get_sequence_id(0) == "s1"
