"""Metrics: units, dimensions, the text that the frontend parses, the stores and the cache of them."""

import json
import logging
import subprocess
import sys

import pytest

UNITS = {
    "ms": "Milliseconds",
    "s": "Seconds",
    "percent": "Percent",
    "count": "Count",
    "MB": "Megabytes",
    "GB": "Gigabytes",
    "kB": "Kilobytes",
    "B": "Bytes",
}


def metric(*arguments, **options):
    from ts.metrics.metric import Metric

    return Metric(*arguments, **options)


def dimension(name="Level", value="Model"):
    from ts.metrics.dimension import Dimension

    return Dimension(name, value)


@pytest.fixture
def store():
    from ts.metrics.metrics_store import MetricsStore

    return MetricsStore({0: "id-a", 1: "id-b"}, "resnet")


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_a_unit_has_its_long_name(unit):
    assert metric("Load", 3, unit, []).unit == UNITS[unit]


def test_a_unit_of_ones_own_is_kept():
    assert metric("Load", 3, "furlongs", []).unit == "furlongs"


def test_a_dimension_reads_name_colon_value():
    assert str(dimension("Level", "Host")) == "Level:Host"
    assert dimension("Level", "Host").to_dict() == {"Name": "Level", "Value": "Host"}


def test_a_metric_reads_as_the_frontend_parses_it():
    text = str(metric("Load", 3, "ms", [dimension(), dimension("ModelName", "resnet")]))
    head, stamp = text.rsplit(",", 1)
    assert head.startswith("Load.Milliseconds:3|#Level:Model,ModelName:resnet|#hostname:")
    assert stamp.isdigit()


def test_a_metric_of_a_request_ends_with_its_id():
    assert str(metric("Load", 3, "ms", [dimension()], "id-a")).endswith(",id-a")


def test_a_metric_as_a_dictionary():
    values = metric("Load", 3, "MB", [], "id-a").to_dict()
    chosen = {key: values[key] for key in ("MetricName", "Value", "Unit", "Dimensions", "RequestId")}
    assert chosen == {
        "MetricName": "Load",
        "Value": 3,
        "Unit": "Megabytes",
        "Dimensions": [],
        "RequestId": "id-a",
    }
    assert set(values) - set(chosen) == {"Timestamp", "HostName"}


def test_metrics_and_dimensions_become_json():
    from ts.metrics.metric_encoder import MetricEncoder

    decoded = json.loads(json.dumps([metric("Load", 3, "s", [dimension("a", "b")])], cls=MetricEncoder))
    assert (decoded[0]["Unit"], decoded[0]["Dimensions"]) == ("Seconds", [{"Name": "a", "Value": "b"}])


def test_other_things_do_not_become_json():
    from ts.metrics.metric_encoder import MetricEncoder

    with pytest.raises(TypeError):
        json.dumps(object(), cls=MetricEncoder)


def test_a_metric_of_a_store_has_the_models_dimensions(store):
    store.add_counter("Calls", 1, 0)
    assert [str(one) for one in store.store[0].dimensions] == ["ModelName:resnet", "Level:Model"]
    assert store.store[0].request_id == "id-a"


def test_a_metric_without_index_belongs_to_all_requests(store):
    store.add_counter("Calls", 1)
    assert store.store[0].request_id == "id-a,id-b"


def test_an_error_has_no_request_and_its_own_level(store):
    store.add_error("Broken", 7)
    assert [str(one) for one in store.store[0].dimensions] == ["Level:Error"]
    assert (store.store[0].request_id, store.store[0].value) == (None, 7)


@pytest.mark.parametrize(("method", "unit"), [("add_time", "ms"), ("add_size", "MB")])
def test_time_and_size_have_a_default_unit(store, method, unit):
    getattr(store, method)("Load", 5)
    assert store.store[0].unit == UNITS[unit]


@pytest.mark.parametrize(("method", "units"), [("add_time", ["ms", "s"]), ("add_size", ["B", "kB", "MB", "GB"])])
def test_time_and_size_take_only_units_of_theirs(store, method, units):
    for unit in units:
        getattr(store, method)("Load", 5, unit=unit)
    assert [one.unit for one in store.store] == [UNITS[unit] for unit in units]
    with pytest.raises(ValueError, match="unit"):
        getattr(store, method)("Load", 5, unit="furlongs")


def test_percent_and_generic_metrics(store):
    store.add_percent("Load", 50.5)
    store.add_metric("Own", 2, "furlongs")
    assert [(one.value, one.unit) for one in store.store] == [(50.5, "Percent"), (2, "furlongs")]


def test_the_same_metric_is_kept_once(store):
    store.add_counter("Calls", 1, 0)
    store.add_counter("Calls", 2, 0)
    store.add_counter("Calls", 1, 1)
    assert [one.request_id for one in store.store] == ["id-a", "id-b"]


def test_dimensions_are_a_list_or_an_error(store):
    with pytest.raises(ValueError, match="list of dimensions"):
        store.add_counter("Calls", 1, 0, "Level:Host")


@pytest.mark.of2020
def test_a_counter_adds_up_and_others_are_replaced(store):
    for value in (1, 2):
        store.add_counter("Calls", value)
        store.add_time("Load", value)
    assert [one.value for one in store.store] == [3, 2]


def system_metrics():
    from ts.metrics import system_metrics as module

    return module


SYSTEM = [
    "CPUUtilization.Percent",
    "DiskAvailable.Gigabytes",
    "DiskUsage.Gigabytes",
    "DiskUtilization.Percent",
    "MemoryAvailable.Megabytes",
    "MemoryUsed.Megabytes",
    "MemoryUtilization.Percent",
]


def test_the_collector_prints_the_hosts_metrics_and_the_workers_memory(modern):
    import os

    command = [sys.executable, "-m", "ts.metrics.metric_collector"] + (["--gpu", "0"] if modern else [])
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    lines = child.communicate(b"%d\n" % os.getpid())[0].decode().splitlines()
    assert child.returncode == 0
    assert sorted(line.split(":")[0] for line in lines if "|#Level:Host|" in line) == SYSTEM
    pid, memory = lines[-1].split(":")
    assert int(pid) == os.getpid()
    assert int(memory) > 1000000


def test_the_memory_of_a_process_that_is_gone_is_nought():
    from ts.metrics.process_memory_metric import get_cpu_usage

    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert get_cpu_usage(str(child.pid)) == 0


def test_system_metrics_are_within_their_bounds():
    module = system_metrics()
    del module.system_metrics[:]
    module.memory_utilization()
    module.disk_utilization()
    assert all(0 <= one.value <= 100 for one in module.system_metrics)
    assert [one.unit for one in module.system_metrics] == ["Percent", "Percent"]


# --- the cache of 0.12 ---

SPECIFICATION = """
model_metrics:
  counter:
    - {name: Calls, unit: count, dimensions: [Level]}
  gauge:
    - {name: Load, unit: ms, dimensions: [ModelName, Level]}
"""


@pytest.fixture
def cache_of(tmp_path):
    from ts.metrics.metric_cache_yaml_impl import MetricsCacheYamlImpl

    def make(text):
        path = tmp_path / "metrics.yaml"
        path.write_text(text)
        return MetricsCacheYamlImpl(config_file_path=str(path))

    return make


@pytest.fixture
def cache(cache_of):
    one = cache_of(SPECIFICATION)
    one.initialize_cache()
    one.model_name = "resnet"
    one.set_request_ids({0: "id-a", 1: "id-b"})
    return one


def logged(caplog):
    return [record.getMessage() for record in caplog.records if record.getMessage().startswith("[METRICS]")]


@pytest.mark.modern
def test_the_cache_has_the_metrics_of_its_file(cache):
    assert sorted(cache.cache_keys()) == ["counter:Calls", "gauge:Load"]


@pytest.mark.modern
def test_the_file_that_is_shipped_makes_a_cache():
    import os

    import ts
    from ts.metrics.metric_cache_yaml_impl import MetricsCacheYamlImpl

    one = MetricsCacheYamlImpl(os.path.join(os.path.dirname(ts.__file__), "configs", "metrics.yaml"))
    one.initialize_cache()
    assert sorted(one.cache_keys()) == ["gauge:HandlerTime", "gauge:PredictionTime"]


@pytest.mark.modern
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("model_metrics: [", "MetricsCachePyYamlError"),
        ("ts_metrics: {}", "MetricsCacheKeyError"),
        ("model_metrics:", "MetricsCacheValueError"),
        ("model_metrics: {dial: []}", "MetricsCacheKeyError"),
        ("model_metrics: {gauge: [{name: Load, unit: ms}]}", "MetricsCacheKeyError"),
    ],
)
def test_a_file_that_is_wrong_is_an_error_of_its_kind(cache_of, text, error):
    import ts.metrics.metric_cache_errors as errors

    with pytest.raises(getattr(errors, error)):
        cache_of(text).initialize_cache()


@pytest.mark.modern
def test_a_file_that_is_not_there_is_an_error(tmp_path):
    import ts.metrics.metric_cache_errors as errors
    from ts.metrics.metric_cache_yaml_impl import MetricsCacheYamlImpl

    with pytest.raises(errors.MetricsCacheIOError):
        MetricsCacheYamlImpl(str(tmp_path / "absent.yaml"))


@pytest.mark.modern
def test_a_metric_of_the_cache_is_logged_with_its_type(cache, caplog):
    from ts.metrics.metric_type_enum import MetricTypes

    caplog.set_level(logging.INFO)
    cache.get_metric("Load", MetricTypes.GAUGE).add_or_update(2.5, ["resnet", "Model"], "id-a")
    (line,) = logged(caplog)
    assert line.startswith("[METRICS]Load.Milliseconds:2.5|#ModelName:resnet,Level:Model|#type:GAUGE|#hostname:")
    assert line.endswith(",id-a")


@pytest.mark.modern
def test_a_counter_never_goes_back(cache, caplog):
    caplog.set_level(logging.INFO)
    cache.get_metric("Calls").add_or_update(-1, ["Model"])
    (line,) = logged(caplog)
    assert "Failed to update" in line
    assert "cannot be negative" in line


@pytest.mark.modern
@pytest.mark.parametrize("values", [None, [], ["a", "b"]])
def test_dimension_values_must_match_their_names(cache, caplog, values):
    cache.get_metric("Calls").add_or_update(1, values)
    (line,) = logged(caplog)
    assert "should correspond to Dimension names" in line


@pytest.mark.modern
@pytest.mark.parametrize(
    ("method", "options", "kind", "unit"),
    [
        ("add_counter", {}, "COUNTER", "Count"),
        ("add_time", {}, "GAUGE", "Milliseconds"),
        ("add_time", {"unit": "s"}, "GAUGE", "Seconds"),
        ("add_size", {}, "GAUGE", "Megabytes"),
        ("add_size", {"unit": "GB"}, "GAUGE", "Gigabytes"),
        ("add_percent", {}, "GAUGE", "Percent"),
    ],
)
def test_a_new_metric_of_the_cache_has_type_unit_and_dimensions(cache, caplog, method, options, kind, unit):
    caplog.set_level(logging.INFO)
    getattr(cache, method)("New", 4, idx=0, dimensions=[], **options)
    (line,) = logged(caplog)
    assert line.startswith("[METRICS]New.%s:4|#ModelName:resnet,Level:Model|#type:%s|" % (unit, kind))
    assert line.endswith(",id-a")


@pytest.mark.modern
def test_units_of_the_cache_are_checked(cache):
    from ts.metrics.metric_cache_errors import MetricsCacheValueError

    with pytest.raises(MetricsCacheValueError):
        cache.add_time("New", 1, unit="MB")
    with pytest.raises(ValueError, match="size based"):
        cache.add_size("New", 1, unit="ms")


@pytest.mark.modern
def test_an_unknown_metric_of_the_cache_is_an_error(cache):
    from ts.metrics.metric_cache_errors import MetricsCacheKeyError

    with pytest.raises(MetricsCacheKeyError):
        cache.get_metric("Load")  # a gauge, asked for as a counter
