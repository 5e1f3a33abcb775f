"""Small functions that handlers and the loader use."""

import sys
import types

import pytest


@pytest.fixture
def module():
    one = types.ModuleType("own")
    exec("import collections\nclass A(object): pass\nclass B(A): pass\nclass C(object): pass", one.__dict__)
    one.OrderedDict = one.collections.OrderedDict
    return one


def listed(*arguments):
    from ts.utils.util import list_classes_from_module

    return [one.__name__ for one in list_classes_from_module(*arguments)]


def test_the_classes_of_a_module_are_its_own(module):
    assert listed(module) == ["A", "B", "C"]


def test_the_classes_of_a_module_by_their_parent(module):
    assert listed(module, module.A) == ["A", "B"]


def test_the_version_is_the_releases(version):
    import ts
    from ts.version import __version__

    assert (ts.__version__, __version__) == (version, version)


def test_properties_are_read_without_comments_and_blanks(tmp_path):
    from ts.model_server import load_properties

    path = tmp_path / "config.properties"
    path.write_text("# port=1\nport = 8080 \nvmargs=-Xmx4g -Da=b\n\nnonsense\n")
    assert load_properties(str(path)) == {"port": "8080", "vmargs": "-Xmx4g -Da=b"}


def test_timeit_needs_a_clock_that_python_3_8_took_away():
    """A known defect of both releases: the decorator calls time.clock."""
    from ts.utils.timeit_decorator import timeit

    if sys.version_info < (3, 8):
        assert timeit(lambda: 5)() == 5
    else:
        with pytest.raises(AttributeError, match="clock"):
            timeit(lambda: 5)()


@pytest.fixture
def mapping(tmp_path):
    from ts.utils.util import load_label_mapping

    def load(text):
        path = tmp_path / "index_to_name.json"
        path.write_text(text)
        return load_label_mapping(str(path))

    return load


@pytest.mark.modern
@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('{"0": "cat", "1": "dog"}', {"0": "cat", "1": "dog"}),
        ('{"0": ["n021", "cat"]}', {"0": "cat"}),
        ('{"object_type_names": ["cat", "dog"]}', {"0": "cat", "1": "dog"}),
    ],
)
def test_labels_are_read_in_each_of_their_forms(mapping, text, labels):
    assert mapping(text) == labels


@pytest.mark.modern
@pytest.mark.parametrize("text", ['["cat"]', '{"0": 1}', '{"0": [1]}'])
def test_labels_of_another_form_are_refused(mapping, text):
    with pytest.raises(Exception, match="mapping"):
        mapping(text)


@pytest.mark.modern
def test_labels_that_are_not_there_are_none(tmp_path):
    from ts.utils.util import load_label_mapping

    assert load_label_mapping(str(tmp_path / "absent.json")) is None


@pytest.mark.modern
def test_classes_become_labels():
    from ts.utils.util import map_class_to_label

    assert map_class_to_label([[0.9, 0.1]], {"3": "cat", "5": "dog"}, [[5, 3]]) == [{"dog": 0.9, "cat": 0.1}]
    assert map_class_to_label([[0.9, 0.1]]) == [{"0": 0.9, "1": 0.1}]
    with pytest.raises(Exception, match="list"):
        map_class_to_label((0.9,))
    with pytest.raises(Exception, match="dict"):
        map_class_to_label([[0.9]], ["cat"])


@pytest.mark.modern
def test_compiler_backends_are_known_by_name(caplog):
    from ts.utils.util import check_valid_pt2_backend

    assert check_valid_pt2_backend("inductor")
    assert not check_valid_pt2_backend("abacus")
    assert "abacus is not a supported backend" in caplog.text


@pytest.mark.modern
def test_a_prediction_error_carries_its_code():
    from ts.utils.util import PredictionException

    assert str(PredictionException("too big", 413)) == "too big : 413"
    assert PredictionException("broken").error_code == 500


@pytest.mark.modern
def test_a_deprecated_function_warns_and_works():
    from ts.utils.util import deprecated

    @deprecated(version="1.0", replacement="other")
    def old():
        return 5

    with pytest.warns(PendingDeprecationWarning, match="old is deprecated in 1.0 and moved to other"):
        assert old() == 5


@pytest.mark.modern
def test_a_models_settings_are_yaml(tmp_path):
    from ts.utils.util import get_yaml_config

    (tmp_path / "model-config.yaml").write_text("minWorkers: 1\nhandler: {profile: true}\n")
    settings = get_yaml_config(str(tmp_path / "model-config.yaml"))
    assert settings == {"minWorkers": 1, "handler": {"profile": True}}
