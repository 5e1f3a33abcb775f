"""The command lines of torchserve and of its workers: options, defaults, what is refused."""

import os
import subprocess
import sys

import pytest

DEFAULTS = {
    "version": False,
    "start": False,
    "stop": False,
    "ts_config": None,
    "model_store": None,
    "models": None,
    "log_config": None,
    "foreground": False,
    "no_config_snapshots": False,
}
MODERN_DEFAULTS = {
    "workflow_store": None,
    "cpp_log_config": None,
    "plugins_path": None,
    "token_auth": False,
    "model_mode": False,
}
WORKER_DEFAULTS = {"sock_type": "unix", "sock_name": None, "host": None, "port": None}
MODERN_WORKER_DEFAULTS = {"metrics_config": None, "async_comm": False}


def parsed(*words):
    from ts.arg_parser import ArgParser

    return vars(ArgParser.ts_parser().parse_args(words))


def worker(*words):
    from ts.arg_parser import ArgParser

    return vars(ArgParser.model_service_worker_args().parse_args(words))


def test_the_defaults(modern):
    assert parsed() == dict(DEFAULTS, **(MODERN_DEFAULTS if modern else {}))


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["--start"], "start", True),
        (["--stop"], "stop", True),
        (["-v"], "version", True),
        (["--version"], "version", True),
        (["--foreground"], "foreground", True),
        (["--no-config-snapshots"], "no_config_snapshots", True),
        (["--ncs"], "no_config_snapshots", True),
        (["--ts-config", "a"], "ts_config", "a"),
        (["--log-config", "a"], "log_config", "a"),
        (["--model-store", "a"], "model_store", "a"),
        (["--models", "a", "b=c.mar"], "models", ["a", "b=c.mar"]),
    ],
)
def test_an_option_sets_its_value(words, name, value):
    assert parsed(*words)[name] == value


@pytest.mark.modern
@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["--workflow-store", "a"], "workflow_store", "a"),
        (["--cpp-log-config", "a"], "cpp_log_config", "a"),
        (["--plugins-path", "a"], "plugins_path", "a"),
        (["--ppath", "a"], "plugins_path", "a"),
        (["--disable-token-auth"], "token_auth", True),
        (["--dt"], "token_auth", True),
        (["--enable-model-api"], "model_mode", True),
    ],
)
def test_an_option_of_later_releases_sets_its_value(words, name, value):
    assert parsed(*words)[name] == value


@pytest.mark.parametrize(
    "words",
    [
        ["--start", "--stop"],
        ["--version", "--start"],
        ["--models"],
        ["--model-store"],
        ["--absent"],
        ["word"],
    ],
)
def test_what_is_refused(words, capsys):
    with pytest.raises(SystemExit) as caught:
        parsed(*words)
    assert caught.value.code == 2
    assert "usage: torchserve" in capsys.readouterr().err


def test_a_workers_defaults(modern):
    assert worker("--sock-type", "unix") == dict(WORKER_DEFAULTS, **(MODERN_WORKER_DEFAULTS if modern else {}))


def test_a_worker_on_a_port():
    values = worker("--sock-type", "tcp", "--host", "127.0.0.1", "--port", "9000")
    assert (values["sock_type"], values["host"], values["port"]) == ("tcp", "127.0.0.1", "9000")


@pytest.mark.modern
def test_a_workers_later_options():
    values = worker("--sock-type", "unix", "--sock-name", "s", "--metrics-config", "m", "--async")
    assert (values["sock_name"], values["metrics_config"], values["async_comm"]) == ("s", "m", True)


@pytest.mark.parametrize("words", [[], ["--sock-type", "pigeon"]])
def test_a_worker_must_know_its_kind_of_socket(words, capsys):
    with pytest.raises(SystemExit) as caught:
        worker(*words)
    assert caught.value.code == 2
    assert "--sock-type" in capsys.readouterr().err


def command(tmp_path, *words):
    """The command as users call it, without a Java to start, in a temporary folder of its own."""
    environment = dict(os.environ, TMPDIR=str(tmp_path), TEMP=str(tmp_path), PATH="/nowhere", JAVA_HOME="/nowhere")
    child = subprocess.Popen(
        [sys.executable, "-m", "ts.model_server"] + list(words),
        cwd=str(tmp_path),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    text = child.communicate()[0].decode()
    return child.returncode, text


def test_the_command_says_its_version(tmp_path, version):
    status, text = command(tmp_path, "--version")
    assert (status, text.strip()) == (0, "TorchServe Version is " + version)


def test_stopping_what_does_not_run_says_so(tmp_path):
    status, text = command(tmp_path, "--stop")
    assert (status, text.strip()) == (0, "TorchServe is not currently running.")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Missing mandatory parameter --model-store"),
        (["--model-store", "absent"], "--model-store directory not found: absent"),
        (["--model-store", ".", "--ts-config", "absent"], "--ts-config file not found: absent"),
        (["--model-store", ".", "--log-config", "absent"], "--log-config file not found"),
    ],
)
def test_starting_without_what_it_needs_says_what(tmp_path, words, message):
    status, text = command(tmp_path, "--start", *words)
    assert status == 1
    assert message in text


def test_starting_without_java_says_so(tmp_path):
    text = command(tmp_path, "--start", "--model-store", ".")[1]
    assert "java not found, please make sure JAVA_HOME is set properly." in text
