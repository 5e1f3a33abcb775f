"""The model loader: where a handler's entry point is found, and what it is given."""

import json

import pytest

pytestmark = pytest.mark.torch("model loader")

FUNCTION = "def handle(data, context):\n    context.seen = data\n    return ['ok']\n"
NAMED = "def serve(data, context):\n    return ['named']\n"
CLASS = """
class Own(object):
    def initialize(self, context):
        self.folder = context.system_properties['model_dir']

    def handle(self, data, context):
        return [self.folder]
"""


@pytest.fixture
def load(fresh_path, modern):
    def call(source, handler="own_handler", manifest=None, envelope=None):
        from ts.model_loader import ModelLoaderFactory

        if source is not None:
            (fresh_path / "own_handler.py").write_text(source)
        if manifest is not None:
            (fresh_path / "MAR-INF").mkdir()
            (fresh_path / "MAR-INF" / "MANIFEST.json").write_text(json.dumps(manifest))
        more = (envelope,) if modern else ()
        return ModelLoaderFactory.get_model_loader().load("own", str(fresh_path), handler, 1, 4, *more)

    return call


def test_a_function_handle_is_the_entry_point_and_is_called_to_initialise(load):
    service = load(FUNCTION)
    assert service.context.seen is None
    assert service._entry_point([1], service.context) == ["ok"]


@pytest.mark.parametrize("handler", ["own_handler.py", "some/where/own_handler.py", "own_handler.py:handle"])
def test_the_handler_may_be_written_as_a_file_or_with_its_function(load, handler):
    assert load(FUNCTION, handler)._entry_point([], load(FUNCTION).context) == ["ok"]


def test_a_function_of_another_name_can_be_the_entry_point(load):
    service = load(NAMED, "own_handler:serve")
    assert service._entry_point([], service.context) == ["named"]


def test_a_class_is_initialised_and_its_handle_is_the_entry_point(load, fresh_path):
    service = load(CLASS)
    assert service._entry_point([], service.context) == [str(fresh_path)]


def test_two_classes_leave_open_which_one_serves(load):
    with pytest.raises(ValueError, match="Expected only one class"):
        load("class A(object): pass\nclass B(object): pass\n")


def test_a_class_without_handle_is_refused(load, modern):
    with pytest.raises(ValueError if modern else AttributeError, match="handle"):
        load("class A(object): pass\n")


def test_a_handler_that_is_not_there_is_refused(load):
    with pytest.raises(ImportError):
        load(None, "absent_handler")


def test_the_context_has_the_manifest_and_the_load_settings(load, fresh_path):
    context = load(FUNCTION, manifest={"model": {"modelName": "own"}}).context
    assert context.manifest == {"model": {"modelName": "own"}}
    names = ("model_dir", "gpu_id", "batch_size")
    assert [context.system_properties[name] for name in names] == [str(fresh_path), 1, 4]


def test_without_manifest_there_is_none(load):
    assert load(FUNCTION).context.manifest is None


@pytest.mark.modern
def test_an_error_in_initialize_is_not_hidden(load):
    with pytest.raises(RuntimeError, match="no weights"):
        load(
            "class A(object):\n    def handle(self, d, c): pass\n    def initialize(self, c):\n"
            "        raise RuntimeError('no weights')\n"
        )


@pytest.mark.modern
def test_the_models_settings_reach_the_context(load, fresh_path):
    (fresh_path / "settings.yaml").write_text("minWorkers: 2\n")
    context = load(FUNCTION, manifest={"model": {"configFile": "settings.yaml"}}).context
    assert context.model_yaml_config == {"minWorkers": 2}


@pytest.mark.modern
def test_an_envelope_unwraps_requests_and_wraps_answers(load):
    service = load("def handle(data, context):\n    return [2 * one for one in data or []]\n", envelope="json")
    assert service._entry_point([{"body": {"instances": [1, 2]}}], service.context) == ['{"predictions": [2, 4]}']
