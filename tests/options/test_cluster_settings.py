"""``[tool.nox-circleci.kubernetes]``: settings in a table of their own, without an option, with variables and trust."""

import pytest

from ci.errors import UsageError
from ci.options.given import parse_run
from ci.options.settings import read_settings
from ci.trust.consent import granted

TABLE = "[tool.nox-circleci.kubernetes]\n"


@pytest.fixture
def parse(tmp_path):
    """Return the options of a project whose file has that text, of a user whose own has the other."""

    def parse(project="", *argv, user="", **environ):
        (tmp_path / "pyproject.toml").write_text(project, encoding="utf-8")
        own = tmp_path / "home" / "nox-circleci" / "config.toml"
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(user, encoding="utf-8")
        environ["XDG_CONFIG_HOME"] = str(tmp_path / "home")
        return parse_run(argv, read_settings(tmp_path, environ), environ)

    return parse


def message(parse, *args, **keys):
    with pytest.raises(UsageError) as caught:
        parse(*args, **keys)
    return "\n".join(map(str, caught.value.problems))


def test_the_variable_wins_over_the_projects_file_and_that_over_the_users(parse):
    project, user = f'{TABLE}pending-timeout = "2m"\n', '[kubernetes]\npending-timeout = "3m"\n'
    assert parse().kube_pending_timeout == 1800
    assert parse(user=user).kube_pending_timeout == 180
    assert parse(project, user=user).kube_pending_timeout == 120
    assert parse(project, user=user, NOX_CIRCLECI_KUBERNETES_PENDING_TIMEOUT="60s").kube_pending_timeout == 60


@pytest.mark.parametrize(
    "text",
    [
        "[tool.nox-circleci.kubernetes]\nresources = 0.5\n",
        "[tool.nox-circleci]\nkubernetes.resources = 0.5\n",
        "[tool.nox-circleci]\nkubernetes = { resources = 0.5 }\n",
        '[tool.nox-circleci]\nkubernetes = { resources = "0.5" }\n',
    ],
)
def test_the_table_may_be_written_in_any_way_of_toml(parse, text):
    assert parse(text).kube_resources == 0.5


@pytest.mark.parametrize(
    ("line", "field", "default", "value"),
    [
        ('service-account = "builder"', "kube_service_account", "", "builder"),
        ('node-selector = ["disktype=ssd"]', "kube_node_selector", (), ("disktype=ssd",)),
        ('tolerations = ["ci:NoSchedule"]', "kube_tolerations", (), ("ci:NoSchedule",)),
        ('image-pull-secrets = ["registry"]', "kube_image_pull_secrets", (), ("registry",)),
        ('repository = "registry.example/x"', "kube_repository", "", "registry.example/x"),
        ('store = "s3://bucket/a/b/"', "kube_store", "", "s3://bucket/a/b"),
        ('cache-volume = "caches"', "kube_cache_volume", "", "caches"),
    ],
)
def test_what_uses_the_users_rights_counts_only_after_consent(parse, line, field, default, value):
    options = parse(TABLE + line)
    assert getattr(options, field) == default
    assert len(options.permissions) == 1
    assert getattr(granted(options, options.permissions), field) == value
    mine = parse(user=f"[kubernetes]\n{line}")
    assert (getattr(mine, field), mine.permissions) == (value, ())


@pytest.mark.parametrize(
    ("line", "field"), [('kube-context = "c"', "kube_context"), ('namespace = "n"', "kube_namespace")]
)
def test_the_cluster_and_the_namespace_count_only_after_consent(parse, line, field):
    options = parse(f"[tool.nox-circleci]\n{line}")
    assert getattr(options, field) == ""
    assert getattr(granted(options, options.permissions), field) in ("c", "n")


def test_jobs_go_to_a_cluster_only_after_consent(parse):
    options = parse('[tool.nox-circleci]\nengine = "kubernetes"')
    assert options.engine == "auto"
    assert [str(each) for each in options.permissions] == ["engine = kubernetes"]


def test_a_project_may_restrict_its_pods_and_not_loosen_them(parse):
    restricted, baseline = 'security = "restricted"\n', 'security = "baseline"\n'
    strict = parse(TABLE + restricted)
    assert (strict.kube_security, strict.permissions) == ("restricted", ())
    loose = parse(TABLE + baseline, user=f"[kubernetes]\n{restricted}")
    assert loose.kube_security == "restricted"
    assert [str(each) for each in loose.permissions] == ["kubernetes.security = baseline"]


def test_lists_add_up_and_a_variable_takes_several(parse):
    options = parse(user='[kubernetes]\nnode-selector = ["a=1"]', NOX_CIRCLECI_KUBERNETES_NODE_SELECTOR="b=2,c=3")
    assert set(options.kube_node_selector) == {"a=1", "b=2", "c=3"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('security = "none"', "invalid choice: 'none' (choose from baseline, restricted)"),
        ("resources = -1", "'-1' is not a number such as 0.5"),
        ('service-resources = "1"', "'1' is not CPUs and GiB"),
        ('service-resources = "0/1"', "'0/1' is not CPUs and GiB"),
        ('pending-timeout = "5"', "'5' is not a duration"),
        ('node-selector = ["a"]', "'a' is not a label of nodes"),
        ('node-selector = "a=b"', "must be a list of strings"),
        ('tolerations = ["a:Never"]', "'Never' is no effect of a taint"),
        ('service-account = "A b"', "'A b' is no name"),
        ('store = "gs://bucket"', "'gs://bucket' is not the URL of an object store: s3://BUCKET/PREFIX"),
        ('store = "s3://bucket/../other"', "is not the URL of an object store"),
        ('store = "s3://B"', "is not the URL of an object store"),
        ('cache-volume = "A b"', "'A b' is no name"),
    ],
)
def test_a_wrong_value_is_an_error_at_its_place(parse, line, words):
    found = message(parse, TABLE + line)
    assert words in found
    assert "pyproject.toml:2:1" in found


def test_a_wrong_variable_is_named(parse):
    found = message(parse, NOX_CIRCLECI_KUBERNETES_SECURITY="none")
    assert "NOX_CIRCLECI_KUBERNETES_SECURITY: invalid choice: 'none'" in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'{TABLE}namespace = "x"', "namespace stands outside of the table kubernetes"),
        (f'{TABLE}context = "x"', "It is kube-context"),
        (f'{TABLE}securty = "x"', "kubernetes.security"),
        ('[tool.nox-circleci]\nkubernetes = "x"', "kubernetes must be a table"),
    ],
)
def test_an_unknown_key_says_what_is_meant(parse, text, words):
    assert words in message(parse, text)


def test_help_shows_what_is_set(parse, capsys):
    with pytest.raises(SystemExit):
        parse(f'{TABLE}resources = "0.5"', "--help", NOX_CIRCLECI_KUBERNETES_SECURITY="restricted")
    shown = capsys.readouterr().out
    assert "kubernetes.security restricted   (NOX_CIRCLECI_KUBERNETES_SECURITY)" in shown
    assert "kubernetes.resources 0.5   (pyproject.toml:2:1)" in shown
    assert "--kubernetes" not in shown
