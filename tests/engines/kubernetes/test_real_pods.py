"""Pods of our manifest on a real cluster, and what their states mean for the user."""

import json
from itertools import count

import pytest

from ci.engines.kubernetes.choices import ClusterChoices
from ci.engines.kubernetes.manifest import pod_manifest
from ci.engines.kubernetes.names import pod_name
from ci.engines.kubernetes.pod_owner import PodOwner
from ci.engines.kubernetes.pod_refusal import pod_refusal
from ci.engines.kubernetes.pod_state import EndedService, state_of
from ci.workflow.model import Image

from ...cluster.ground import RESTRICTED
from ...patience import eventually
from ...tasks import HERE, task

pytestmark = pytest.mark.kubernetes

BASE = "nox-circleci/base"
WAIT = "trap 'exit 0' TERM; i=0; while [ $i -lt 600 ]; do i=$((i + 1)); sleep 0.2; done"
SMALL = ClusterChoices(resources=0.02)


class RealPod:
    """A Pod of a namespace, looked at as the engine does."""

    def __init__(self, namespace, manifest):
        self._namespace, self.name = namespace, manifest["metadata"]["name"]
        self.state = None
        namespace.kubectl("create", "-f", "-", document=manifest)

    def look(self):
        found = self._namespace.kubectl("get", "pod", self.name, "--ignore-not-found", "-o", "json")
        selector = f"involvedObject.name={self.name}"
        events = self._namespace.kubectl("get", "events", "--field-selector", selector, "-o", "json")
        self.state = state_of(json.loads(found) if found else None, json.loads(events)["items"], self.state)
        return self.state

    def comes_to(self, kind):
        """Return the state once it is of that kind, or hopeless."""
        # a kubelet waits 10 s before it pulls an image again
        assert any(eventually(lambda: self.look().kind == kind or self.state.hopeless) for _ in range(3)), self.state
        return self.state

    def ask(self, *args):
        return self._namespace.kubectl(*args)


@pytest.fixture
def manifest(tmp_path):
    """Return the Pod of a small job in those images, each with a name of its own."""
    numbers = count()

    def made(*images, agent=WAIT, choices=SMALL):
        number = next(numbers)
        wanted = tuple(each if isinstance(each, Image) else Image(each, HERE) for each in images or (BASE,))
        node = task(tmp_path / str(number), [], images=wanted, resource_class="small")
        name = pod_name("run", "build", f"{tmp_path} {number}")
        return pod_manifest(name, node, wanted, agent, choices, PodOwner.current())

    return made


@pytest.fixture
def start(namespace, manifest):
    """Return what creates a Pod of those images in a namespace of this module's tests."""
    return lambda *images, **keys: RealPod(namespace, manifest(*images, **keys))


def test_words_and_variables_reach_the_containers_as_the_config_has_them(start):
    service = Image(
        BASE,
        HERE,
        entrypoint=("sh", "-c"),
        command=("echo \"$A\" '$(A)' '$$'; exit 3",),
        environment=(("A", "$(HOME) $$"),),
    )
    pod = start(BASE, service, agent=f'echo "$(echo made)"; {WAIT}')
    assert pod.comes_to("running").started
    assert eventually(lambda: pod.look().ended_services)
    assert pod.state.ended_services == (EndedService(1, 3, "$(HOME) $$ $(A) $$"),)
    assert pod.ask("logs", pod.name, "-c", "primary") == "made\n"


def test_containers_share_localhost_and_find_each_other_by_name(start):
    server = Image(BASE, HERE, name="web", command=("python3", "-m", "http.server", "8123"))
    ask = "python3 -c 'import urllib.request as u; u.urlopen(\"http://web:8123\")' 2>/dev/null"
    pod = start(Image(BASE, HERE, name="app"), server, agent=f"until {ask}; do sleep 0.2; done; getent hosts app")
    assert pod.comes_to("ended").status == 0
    assert "127.0.0.1" in pod.ask("logs", pod.name, "-c", "primary")


def test_an_image_runs_as_its_own_user_or_as_the_configs(start):
    service = Image(BASE, HERE, user="1234:1235", command=("sh", "-c", "id -u; id -g; exit 1"))
    pod = start(BASE, service, agent="test $(id -u) != 0")
    assert pod.comes_to("ended").status == 0
    assert eventually(lambda: pod.look().ended_services)
    assert pod.state.ended_services == (EndedService(1, 1, "1234\n1235"),)


def test_a_program_such_as_sudo_may_become_root(start):
    """https://docs.kernel.org/userspace-api/no_new_privs.html"""
    assert start(agent="grep -x 'NoNewPrivs:.0' /proc/self/status").comes_to("ended").status == 0


def test_a_pod_gets_no_token_of_the_cluster(start):
    pod = start(agent="ls /var/run/secrets/kubernetes.io && exit 1; env | grep KUBERNETES_PORT; exit 0")
    assert pod.comes_to("ended").status == 0


def test_a_class_that_no_node_can_hold_waits_with_the_schedulers_words(start):
    pod = start(choices=ClusterChoices(resources=1000))
    assert eventually(lambda: "Insufficient" in pod.look().text)
    assert (pod.state.kind, pod.state.hopeless) == ("waiting", False)
    assert pod.state.text.startswith("waits for a node: 0/")


def test_a_node_of_another_architecture_is_waited_for(start):
    pod = start(choices=ClusterChoices(platform="linux/s390x", resources=0))
    assert eventually(lambda: "node affinity/selector" in pod.look().text)
    assert pod.state.kind == "waiting"


@pytest.mark.parametrize(
    ("image", "pull", "words"),
    [
        ("nox-circleci/not-there:1", "never", "--pull never"),
        ("A:b:c", "missing", "'A:b:c' is not the name of an image"),
        ("localhost:1/not/there:1", "always", "localhost:1/not/there:1 cannot be pulled"),
    ],
)
def test_an_image_that_cannot_be_had_is_hopeless(start, image, pull, words):
    state = start(image, choices=ClusterChoices(pull=pull, resources=0)).comes_to("running")
    assert (state.kind, state.hopeless) == ("waiting", True)
    assert words in state.text


def test_a_restricted_pod_needs_a_user_that_is_a_number(make_namespace, manifest):
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    strict = make_namespace(**RESTRICTED)
    with pytest.raises(AssertionError, match="violates PodSecurity") as refused:
        RealPod(strict, manifest())
    assert 'security = "restricted"' in pod_refusal(str(refused.value)).text
    restricted = ClusterChoices(security="restricted", resources=0)
    named = RealPod(strict, manifest(choices=restricted)).comes_to("running")
    assert named.hopeless
    assert 'user: "NUMBER"' in named.text
    numbered = Image(BASE, HERE, user="1000")
    no_way_to_root = "grep -x 'NoNewPrivs:.1' /proc/self/status && grep -x 'CapBnd:.0*' /proc/self/status"
    pod = RealPod(strict, manifest(numbered, numbered, agent=no_way_to_root, choices=restricted))
    assert pod.comes_to("ended").status == 0


def test_out_of_memory_names_the_class(start):
    state = start(agent="exec python3 -c 'b\"a\" * (300 << 20)'").comes_to("ended")
    assert state.status == 137
    assert "out of memory: resource class small" in state.text


def test_an_image_without_a_shell_is_told(start):
    state = start("nox-circleci/pause", choices=ClusterChoices(pull="never", resources=0)).comes_to("ended")
    assert "the image has no shell (sh)" in state.text
    assert not state.started


def test_a_pod_that_lives_too_long_is_ended(namespace, manifest):
    made = manifest()
    made["spec"]["activeDeadlineSeconds"] = 1
    state = RealPod(namespace, made).comes_to("ended")
    assert "it ran longer than its Pod may: 1 s" in state.text


def test_an_agent_that_hears_nothing_ends_its_pod(start):
    state = start(BASE, Image(BASE, HERE, command=("sleep", "60")), agent="exit 75").comes_to("ended")
    assert state.status == 75
    assert "kubernetes.silence-limit" in state.text


def test_an_evicted_and_a_deleted_pod_are_lost(manifest, namespace):
    made = manifest(agent="trap '' TERM; sleep 600")
    made["spec"]["terminationGracePeriodSeconds"] = 15  # so that it is there yet when it is looked at
    pod = RealPod(namespace, made)
    pod.comes_to("running")
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod.name}}
    path = f"/api/v1/namespaces/{namespace.name}/pods/{pod.name}/eviction"
    namespace.kubectl("create", "--raw", path, "-f", "-", document=eviction)
    assert pod.comes_to("lost").started
    assert "drained" in pod.state.text
    assert eventually(lambda: not namespace.kubectl("get", "pod", pod.name, "--ignore-not-found"))
    assert "drained" in pod.look().text


def test_a_pod_that_somebody_deletes_is_lost(start, namespace):
    pod = start()
    pod.comes_to("running")
    namespace.kubectl("delete", "pod", pod.name, "--wait=false")
    assert "delete" in pod.comes_to("lost").text


def test_a_quota_of_pods_is_waited_for(make_namespace, manifest):
    full = make_namespace()
    full.limit_pods(0)
    with pytest.raises(AssertionError, match="exceeded quota") as refused:
        RealPod(full, manifest())
    assert "quota pods" in pod_refusal(str(refused.value)).text
