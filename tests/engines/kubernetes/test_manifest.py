"""The Pod of a job. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/"""

import json
import re
from itertools import count

import pytest

from ci.engines.kubernetes.choices import ClusterChoices, cluster_choices, toleration
from ci.engines.kubernetes.manifest import SPOOL, is_host_name, literal, pod_manifest, run_as
from ci.engines.kubernetes.pod_owner import PodOwner
from ci.runtime.task import Settings
from ci.workflow.model import Image, RestoreCache

from ...tasks import HERE, run, task

ME = PodOwner("anna", "laptop")
AGENT = 'while read -r line; do x=$(cat "$line"); echo "$$ $x"; done'


def image(name="cimg/base:current", **keys):
    return Image(name, HERE, **keys)


@pytest.fixture
def pod(tmp_path):
    """Return the Pod of a job with those images and keys."""
    numbers = count()

    def made(*images, choices=None, **keys):
        wanted = images or (image(),)
        made = task(tmp_path / str(next(numbers)), keys.pop("steps", []), images=wanted, **keys)
        return pod_manifest("nox-build-1", made, wanted, AGENT, choices or ClusterChoices(), ME)

    return made


def expanded(text, variables=()):
    """A text as a cluster hands it to a container: ``$(NAME)`` is replaced, ``$$`` is ``$``.

    https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand.go
    """
    known, found, at = dict(variables), "", 0
    while at < len(text):
        rest = text[at + 1 :]
        if text[at] != "$" or not rest:
            found, at = found + text[at], at + 1
        elif rest[0] == "(" and ")" in rest:
            name = rest[1 : rest.index(")")]
            found, at = found + known.get(name, f"$({name})"), at + len(name) + 3
        else:
            found, at = found + ("$" if rest[0] == "$" else f"${rest[0]}"), at + 2
    return found


def primary(pod):
    return pod["spec"]["containers"][0]


def services(pod):
    return pod["spec"]["containers"][1:]


def test_a_pod_never_starts_again_and_gets_nothing_of_the_cluster(pod):
    spec = pod()["spec"]
    assert spec["restartPolicy"] == "Never"
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["terminationGracePeriodSeconds"] == 1


def test_the_agent_is_the_first_process_and_its_files_are_not_in_tmp(pod):
    made = primary(pod())
    assert made["command"][:2] == ["sh", "-c"]
    assert {"name": "spool", "mountPath": SPOOL} in made["volumeMounts"]
    assert not SPOOL.startswith("/tmp")
    assert {"name": "spool", "emptyDir": {}} in pod()["spec"]["volumes"]


def test_a_job_with_caches_has_its_projects_folder_of_the_volume_for_them(pod):
    choices = ClusterChoices(cache_volume="caches")
    step = RestoreCache(HERE, "restore", ("k",))
    made = [pod(image(), image("db"), choices=choices, steps=[step]) for _ in range(2)]
    assert {"name": "caches", "persistentVolumeClaim": {"claimName": "caches"}} in made[0]["spec"]["volumes"]
    mounts = [[each for each in primary(one)["volumeMounts"] if each["name"] == "caches"] for one in made]
    assert [len(each) for each in mounts] == [1, 1]
    folders = {each[0]["subPath"] for each in mounts}
    assert len(folders) == 2  # of two projects
    assert all(re.fullmatch(r"nox-circleci-[0-9a-f]+", each) for each in folders)
    assert "caches" not in str(services(made[0]))
    assert "caches" not in str(pod(choices=choices)["spec"])
    assert "caches" not in str(pod(steps=[step])["spec"])


@pytest.mark.parametrize("text", [AGENT, "$(A)", "$$(A)", "$$$A", "a$", "$", "$(A", "${A}", "$$"])
def test_a_text_reaches_the_container_as_it_was_written(text):
    assert [expanded(each, {"A": "replaced"}) for each in literal([text])] == [text]


def test_the_agent_and_a_services_words_are_such_texts(pod):
    made = pod(image(), image(command=("$(A)",), entrypoint=("$$",), environment=(("A", "$(B)"),)))
    assert expanded(primary(made)["command"][2]) == AGENT
    service = services(made)[0]
    assert [expanded(service["command"][0]), expanded(service["args"][0])] == ["$$", "$(A)"]
    assert expanded(service["env"][0]["value"]) == "$(B)"


def test_a_service_ends_with_the_agent_that_has_not_heard_of_anybody(pod):
    made = pod(image(), image("redis:7"))
    mounted = {"name": "ending", "mountPath": f"{SPOOL}-end"}
    assert mounted in primary(made)["volumeMounts"]
    service = services(made)[0]
    assert service["volumeMounts"] == [{**mounted, "readOnly": True}], "the output of steps is not there"
    assert f"{SPOOL}-end/over" in service["livenessProbe"]["exec"]["command"][2]


def test_services_run_what_the_config_says_else_what_the_image_does(pod):
    plain, own = services(
        pod(image(), image("redis:7"), image("pg:16", entrypoint=("e",), command=("c", "d"), environment=(("A", "1"),)))
    )
    assert (plain["name"], plain["image"]) == ("service-1", "redis:7")
    assert not {"command", "args", "env", "resources"} & plain.keys()
    assert (own["name"], own["command"], own["args"]) == ("service-2", ["e"], ["c", "d"])
    assert own["env"] == [{"name": "A", "value": "1"}]


def test_of_two_variables_of_one_name_the_later_counts(pod):
    made = services(pod(image(), image(environment=(("A", "1"), ("A", "2")))))[0]
    assert made["env"] == [{"name": "A", "value": "2"}]


def test_containers_find_each_other_at_localhost_by_name(pod):
    made = pod(Image("a", HERE, name="App"), Image("b", HERE, name="db"), image("c"))
    assert made["spec"]["hostAliases"] == [{"ip": "127.0.0.1", "hostnames": ["app", "db"]}]
    assert "hostAliases" not in pod(image(), image("redis"))["spec"]


@pytest.mark.parametrize(
    ("name", "valid"),
    [("db", True), ("DB", True), ("db.local", True), ("my-db", True), ("my_db", False), ("-a", False), ("a..b", False)],
)
def test_a_hosts_name_has_no_underscore(name, valid):
    assert is_host_name(name) is valid


def test_the_primary_runs_the_configs_program_beside_the_agent(pod):
    made = primary(pod(image(entrypoint=("/e",), command=("a $(b)",), environment=(("A", "1"),))))
    assert made["command"][:2] == ["sh", "-c"]
    assert [expanded(each) for each in made["args"]] == ["env", "A=1", "/e", "a $(b)"]


def test_an_images_variables_reach_no_step(pod):
    assert "env" not in primary(pod(image(environment=(("A", "1"),))))


def test_no_variable_of_a_step_and_no_secret_stands_in_the_spec(pod):
    made = pod(
        image(auth=("user", "$PASSWORD-s3cret")),
        steps=[run("echo s3cret-in-text", environment=(("STEP", "s3cret-of-step"),))],
        environment=(("JOB", "s3cret-of-job"),),
        secrets=(("CONTEXT", "s3cret-of-context"),),
        plain=(("PASSED", "s3cret-passed"),),
        variables=(("CIRCLE_X", "s3cret-circle"),),
        masked=("s3cret-masked",),
    )
    assert "s3cret" not in json.dumps(made)


@pytest.mark.parametrize(
    ("resource_class", "cpu", "memory"),
    [
        ("small", "1000m", "2048Mi"),
        ("", "2000m", "4096Mi"),
        ("medium+", "3000m", "6144Mi"),
        ("large", "4000m", "8192Mi"),
    ],
)
def test_the_primary_asks_for_its_resource_class_and_gets_no_more(pod, resource_class, cpu, memory):
    """https://circleci.com/docs/guides/execution-managed/resource-class-overview/"""
    made = primary(pod(resource_class=resource_class))["resources"]
    assert made == {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": cpu, "memory": memory}}


def test_a_factor_makes_it_smaller_and_0_sets_nothing(pod):
    made = primary(pod(resource_class="small", choices=ClusterChoices(resources=0.25)))
    assert made["resources"]["limits"] == {"cpu": "250m", "memory": "512Mi"}
    assert "resources" not in primary(pod(choices=ClusterChoices(resources=0)))


def test_services_ask_for_resources_if_the_namespace_demands_it(pod):
    made = services(pod(image(), image(), choices=ClusterChoices(service_resources=(0.5, 1), resources=0.1)))[0]
    assert made["resources"]["requests"] == made["resources"]["limits"] == {"cpu": "500m", "memory": "1024Mi"}


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("", {}),
        ("1000", {"runAsUser": 1000}),
        ("1000:2000", {"runAsUser": 1000, "runAsGroup": 2000}),
        ("root", {"runAsUser": 0}),
        ("0:root", {"runAsUser": 0, "runAsGroup": 0}),
        ("postgres", None),
        ("1000:staff", None),
    ],
)
def test_a_user_is_a_number_and_root_is_0(user, expected):
    assert run_as(user) == expected


def test_the_user_of_each_container_is_its_own(pod):
    made = pod(image(user="1000"), image(user="root"), image())["spec"]["containers"]
    assert [each.get("securityContext") for each in made] == [{"runAsUser": 1000}, {"runAsUser": 0}, None]


def test_the_baseline_leaves_sudo_alone(pod):
    made = pod(image(), image())
    assert made["spec"]["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
    assert all("securityContext" not in each for each in made["spec"]["containers"])


def test_restricted_is_what_the_standard_demands_of_every_container(pod):
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    made = pod(image(user="1000"), image(), choices=ClusterChoices(security="restricted"))["spec"]
    assert made["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}, "runAsNonRoot": True}
    for each in made["containers"]:
        assert each["securityContext"]["allowPrivilegeEscalation"] is False
        assert each["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert made["containers"][0]["securityContext"]["runAsUser"] == 1000


def test_no_registry_is_asked_for_an_image_that_was_brought_to_the_nodes(pod):
    choices = ClusterChoices(pull="always", brought=(image().image,))
    (made,) = pod(image(), choices=choices)["spec"]["containers"]
    assert made["imagePullPolicy"] == "IfNotPresent"


@pytest.mark.parametrize(("pull", "policy"), [("never", "Never"), ("missing", "IfNotPresent"), ("always", "Always")])
def test_images_are_pulled_as_the_user_says(pod, pull, policy):
    made = pod(image(), image(), choices=ClusterChoices(pull=pull))["spec"]["containers"]
    assert [each["imagePullPolicy"] for each in made] == [policy, policy]


@pytest.mark.parametrize(
    ("resource_class", "platform", "architecture"),
    [
        ("medium", "", None),
        ("arm.large", "", "arm64"),
        ("medium", "linux/arm64", "arm64"),
        ("arm.medium", "linux/amd64", "amd64"),
        ("", "linux/arm/v7", "arm"),
    ],
)
def test_the_node_has_the_architecture_that_is_asked_for(pod, resource_class, platform, architecture):
    """https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch"""
    selector = pod(resource_class=resource_class, choices=ClusterChoices(platform=platform))["spec"]["nodeSelector"]
    assert selector.get("kubernetes.io/arch") == architecture
    assert selector["kubernetes.io/os"] == "linux"


def test_settings_choose_the_place(pod):
    choices = ClusterChoices(
        node_selector=(("disktype", "ssd"),),
        tolerations=("dedicated=ci:NoSchedule",),
        image_pull_secrets=("registry", "other"),
        service_account="builder",
    )
    spec = pod(choices=choices)["spec"]
    assert spec["nodeSelector"]["disktype"] == "ssd"
    assert spec["imagePullSecrets"] == [{"name": "registry"}, {"name": "other"}]
    assert spec["serviceAccountName"] == "builder"
    assert spec["tolerations"][0] == toleration("dedicated=ci:NoSchedule")
    assert not {"imagePullSecrets", "serviceAccountName"} & pod()["spec"].keys()


def test_a_pod_stays_on_a_node_that_does_not_answer_as_long_as_it_waits_for_news_itself(pod):
    spec = pod(choices=ClusterChoices(silence_limit=60.0))["spec"]
    stays = {each["key"]: each["tolerationSeconds"] for each in spec["tolerations"]}
    assert stays == {"node.kubernetes.io/not-ready": 60, "node.kubernetes.io/unreachable": 60}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpu", {"key": "gpu", "operator": "Exists"}),
        ("gpu=a", {"key": "gpu", "operator": "Equal", "value": "a"}),
        ("gpu=", {"key": "gpu", "operator": "Equal", "value": ""}),
        ("x/gpu:NoExecute", {"key": "x/gpu", "operator": "Exists", "effect": "NoExecute"}),
        ("gpu=a:NoSchedule", {"key": "gpu", "operator": "Equal", "value": "a", "effect": "NoSchedule"}),
    ],
)
def test_a_toleration_is_written_as_kubectl_writes_taints(text, expected):
    """https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"""
    assert toleration(text) == expected


def test_a_pod_may_live_longer_than_its_job_and_not_for_ever(pod, tmp_path):
    made = pod(settings=Settings(tmp_path, job_seconds=600.0))["spec"]["activeDeadlineSeconds"]
    longer = pod(settings=Settings(tmp_path, job_seconds=600.0), choices=ClusterChoices(extra_seconds=3600.0))
    assert 600 < made < 600 + 2 * 3600
    assert longer["spec"]["activeDeadlineSeconds"] == made + 3600


def test_the_choices_are_those_of_the_settings(tmp_path):
    settings = Settings(
        tmp_path,
        kube_context="c",
        kube_namespace="n",
        kube_node_selector=("a=b", "c="),
        kube_security="restricted",
        kube_on_lost="retry",
        pull="always",
    )
    expected = ClusterChoices(
        context="c",
        namespace="n",
        node_selector=(("a", "b"), ("c", "")),
        security="restricted",
        on_lost="retry",
        pull="always",
    )
    assert cluster_choices(settings) == expected
    assert cluster_choices(Settings(tmp_path)) == ClusterChoices()


def test_a_manifest_is_json(pod):
    made = pod(image(), image("b", environment=(("A", "é\udcff"),)))
    assert json.loads(json.dumps(made))["kind"] == "Pod"
