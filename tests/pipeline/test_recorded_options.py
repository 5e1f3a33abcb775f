"""What a run's record keeps of the options: everything but secrets."""

from ci.options.permissions import Pass
from ci.options.table import Options, table
from ci.pipeline.recorded_options import recorded_options, recorded_parameters


def hidden(text: str) -> str:
    return text.replace("hunter22", "****")


def test_every_option_of_a_run_is_recorded_under_its_field():
    assert set(recorded_options(Options(), hidden)) == {each.field for each in table("run")}


def test_of_variables_the_names_alone_are_recorded_and_whether_a_value_was_typed():
    options = Options(env=("TOKEN=secret", "B=", "LOOKED_UP"), passes=(Pass("JAVA_HOME", "--pass-env"),))
    found = recorded_options(options, hidden)
    assert (found["env"], found["passes"]) == (["TOKEN=...", "B=...", "LOOKED_UP"], ["JAVA_HOME"])


def test_a_secret_in_another_option_is_masked():
    found = recorded_options(Options(params=("a=hunter22",), branch="hunter22"), hidden)
    assert (found["params"], found["branch"]) == (["a=****"], "****")


def test_parameters_are_recorded_by_name_those_of_param_over_the_map():
    options = Options(pipeline_parameters="{who: hunter22, deep: true, n: 3}", params=("n=4",))
    assert recorded_parameters(options, hidden) == {"who": "****", "deep": True, "n": "4"}
