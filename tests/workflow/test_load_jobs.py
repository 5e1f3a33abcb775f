"""The compiled config to typed jobs: values that no runtime could use are errors with their place."""

import pytest

from ci.compiler.compile import NoOrbs, compile_config
from ci.compiler.pipeline_values import PipelineValues
from ci.errors import ConfigError
from ci.workflow.load_jobs import workflows


def parallelism(value):
    config = f"version: 2.1\njobs:\n  build:\n    machine: true\n    parallelism: {value}\n    steps: [checkout]\n"
    compiled = compile_config(config, "config.yml", PipelineValues(), NoOrbs())
    return workflows(compiled.workflows, compiled.jobs)[0].instances[0].job.parallelism


@pytest.mark.parametrize(("value", "nodes"), [("1", 1), ("'4'", 4), ("0x10", 16), ("1000", 1000), ("'007'", 7)])
def test_parallelism_is_a_number_of_nodes(value, nodes):
    assert parallelism(value) == nodes


@pytest.mark.parametrize("value", ["1001", "1000000000", "'1000000000'", "9" * 900, f"'{'9' * 9000}'"])
def test_parallelism_beyond_the_limit_is_an_error_that_names_it(value):
    with pytest.raises(ConfigError) as error:
        parallelism(value)
    assert str(error.value).startswith("config.yml:5:18: parallelism is ")
    assert "more than 1000 nodes" in str(error.value)
    assert "this program's own limit" in str(error.value)
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "true", "many", "'00'"])
def test_parallelism_of_no_nodes_is_an_error(value):
    with pytest.raises(ConfigError, match=r"config.yml:5:18: parallelism must be a whole number of at least 1"):
        parallelism(value)
