"""Which pipeline values and parameters a condition looks at, with what they are."""

import pytest

from ci.compiler.condition_values import looked_at

from .snippets import node, problems, scope

PARAMETERS = {"docs": False, "level": 3, "x": "a" * 99}
HERE = scope({"git.branch": "main", "trigger_source": "webhook"}, pipeline_parameters=PARAMETERS)


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("<< pipeline.parameters.docs >>", {"pipeline.parameters.docs": "false"}),
        ("pipeline.git.branch == 'main' and pipeline.parameters.level > 2",
         {"pipeline.git.branch": "main", "pipeline.parameters.level": "3"}),
        ("{or: [{equal: [a, << pipeline.trigger_source >>]}, {not: << pipeline.parameters.docs >>}]}",
         {"pipeline.trigger_source": "webhook", "pipeline.parameters.docs": "false"}),
        ("pipeline.parameters.x", {"pipeline.parameters.x": "a" * 77 + "..."}),
        ("true", {}),
        ("pipeline.nothing", {}),
    ],
)  # fmt: skip
def test_each_name_is_there_once_with_its_value(condition, names):
    assert dict(looked_at(node(condition), HERE)) == names
    assert problems(HERE) == []
