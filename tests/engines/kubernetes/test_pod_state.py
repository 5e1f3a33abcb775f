"""What a Pod's JSON and events mean for the user. The shapes and messages are those of Kubernetes 1.34.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

import pytest

from ci.engines.kubernetes import names
from ci.engines.kubernetes.pod_state import EndedService, events_say_more, state_of

UNPACK = (
    'failed to pull and unpack image "docker.io/library/nope:1": '
    'failed to resolve reference "docker.io/library/nope:1": '
)
DENIED = (
    f"{UNPACK}pull access denied, repository does not exist or may require authorization: server message: "
    "insufficient_scope: authorization failed"
)
FULL = "0/3 nodes are available: 3 Insufficient cpu."
NO_ROOM = "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."


def waiting(reason, message=""):
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def terminated(status, reason="Error", message="", **keys):
    found = {"exitCode": status, "reason": reason, "startedAt": "2026-01-01T12:00:00Z", **keys}
    return {"terminated": {**found, **({"message": message} if message else {})}}


RUNNING = {"running": {"startedAt": "2026-01-01T12:00:00Z"}}
LIMITS = {"limits": {"cpu": "2", "memory": "4Gi"}, "requests": {"cpu": "2", "memory": "4Gi"}}


def pod(*states, phase="Pending", conditions=(), node="kn1", limits=LIMITS, deleted=False, **status):
    """A Pod with those states of its containers; none of them: its node has not begun."""
    names = ["primary", "service-1", "service-2"]
    containers = [{"name": each, "image": f"image-of-{each}", "resources": {}} for each in names]
    containers[0]["resources"] = limits
    statuses = [{"name": name, "image": "", "state": each} for name, each in zip(names, states, strict=False)]
    return {
        "metadata": {
            "name": "nox-build-1",
            "annotations": {"nox-circleci/resource-class": "medium"},
            **({"deletionTimestamp": "2026-01-01T12:00:00Z"} if deleted else {}),
        },
        "spec": {"containers": containers, "activeDeadlineSeconds": 19800, **({"nodeName": node} if node else {})},
        "status": {
            "phase": phase,
            "conditions": list(conditions),
            **({"containerStatuses": statuses} if statuses else {}),
            **status,
        },
    }


def condition(kind, status, reason="", message=""):
    return {"type": kind, "status": status, **({"reason": reason, "message": message} if reason else {})}


def event(reason, message, count=1):
    return {"reason": reason, "message": message, "count": count, "type": "Normal"}


def failed_pull(words, count=1):
    return event("Failed", f'Failed to pull image "image-of-primary": {words}', count)


def test_a_job_waits_for_its_services_too_and_fails_where_one_cannot_be_pulled():
    there = pod(RUNNING, RUNNING, waiting("ContainerCreating"))
    assert state_of(there).kind == "waiting"
    refused = waiting("ErrImagePull", f"rpc error: code = NotFound desc = {UNPACK}docker.io/library/nope:1: not found")
    found = state_of(pod(RUNNING, RUNNING, refused))
    assert (found.kind, found.hopeless) == ("waiting", True)
    assert "image-of-service-2 cannot be pulled" in found.text


def test_a_service_that_has_ended_already_keeps_no_job_waiting():
    assert state_of(pod(RUNNING, terminated(3), RUNNING, phase="Running")).kind == "running"


@pytest.mark.parametrize("more", ["", f" {NO_ROOM}", f" no new claims to deallocate, {NO_ROOM}"])
def test_a_pod_without_a_node_waits_with_the_schedulers_words(more):
    made = pod(node="", conditions=[condition("PodScheduled", "False", "Unschedulable", FULL + more)])
    found = state_of(made)
    assert (found.kind, found.hopeless, found.started) == ("waiting", False, False)
    assert found.text.startswith("waits for a node: 0/3 nodes are available: 3 Insufficient cpu (kubernetes.resources ")
    assert "reemption" not in found.text
    assert "claims" not in found.text


def test_a_new_pod_waits_for_a_node():
    assert state_of(pod(node="")).text == "waits for a node"


@pytest.mark.parametrize(
    ("words", "selector", "hint"),
    [
        ("1 node(s) had untolerated taint {gpu: true}.", {}, " (kubernetes.tolerations has the taints that jobs bear)"),
        (
            "1 node(s) didn't match Pod's node affinity/selector.",
            {"kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64", "pool": "ci"},
            " (its node must have kubernetes.io/arch=arm64 and pool=ci: a resource class arm.*, --platform or "
            "kubernetes.node-selector asks for that)",
        ),
        ("1 node(s) didn't match Pod's node affinity/selector.", {"kubernetes.io/os": "linux"}, ""),
        ("1 node(s) had volume node affinity conflict.", {"pool": "ci"}, ""),
    ],
)
def test_what_is_in_the_way_is_the_schedulers_to_say_and_who_asked_for_it_is_named(words, selector, hint):
    words = f"0/1 nodes are available: {words}"
    made = pod(node="", conditions=[condition("PodScheduled", "False", "Unschedulable", words)])
    made["spec"]["nodeSelector"] = selector
    assert state_of(made).text == f"waits for a node: {words[:-1]}{hint}"


def test_a_claim_that_is_not_there_is_named_and_not_waited_for():
    words = '0/1 nodes are available: persistentvolumeclaim "caches" not found. preemption: 0/1 nodes are available.'
    found = state_of(pod(node="", conditions=[condition("PodScheduled", "False", "Unschedulable", words)]))
    assert found.hopeless
    assert found.text == "there is no PersistentVolumeClaim caches in the namespace (kubernetes.cache-volume)"


def test_a_pod_on_its_node_says_what_the_node_does():
    making = pod(waiting("ContainerCreating"), waiting("ContainerCreating"))
    scheduled = event("Scheduled", "Successfully assigned default/nox-build-1 to kn1")
    pulling = event("Pulling", 'Pulling image "cimg/base:current"')
    assert state_of(making).text == "containers are made on kn1"
    assert state_of(making, [scheduled, pulling]).text == 'pulling image "cimg/base:current" on kn1'
    assert state_of(making, [pulling, event("Pulled", "x")]).text == "containers are made on kn1"
    sandbox = event("FailedCreatePodSandBox", "Failed to create pod sandbox: no network")
    found = state_of(making, [scheduled, sandbox])
    assert "Failed to create pod sandbox: no network" in found.text
    assert not found.hopeless


def test_events_of_an_earlier_pod_of_the_name_do_not_count():
    made = pod(waiting("ContainerCreating"))
    made["metadata"]["uid"] = "2"
    old, new = ({**event("Pulling", f'Pulling image "{uid}"'), "involvedObject": {"uid": uid}} for uid in ("1", "2"))
    assert state_of(made, [old]).text == "containers are made on kn1"
    assert state_of(made, [new, old]).text == 'pulling image "2" on kn1'


def test_an_image_that_cannot_be_pulled_is_hopeless_at_the_second_attempt():
    words = f"{UNPACK}dial tcp 10.0.0.1:443: connect: connection refused"
    first = state_of(pod(waiting("ErrImagePull", words)))
    again = state_of(pod(waiting("ErrImagePull", words)), before=first)
    back_off = state_of(
        pod(waiting("ImagePullBackOff", f'Back-off pulling image "nope:1": ErrImagePull: {words}')), before=again
    )
    second = state_of(pod(waiting("ErrImagePull", words)), before=back_off)
    assert [each.hopeless for each in (first, again, back_off, second)] == [False, False, False, True]
    for each in (first, back_off, second):
        assert "image-of-primary cannot be pulled: dial tcp 10.0.0.1:443: connect: connection refused" in each.text


def test_events_count_the_attempts_too():
    made = pod(waiting("ImagePullBackOff", 'Back-off pulling image "nope:1"'))
    refused = f"rpc error: code = Unknown desc = {UNPACK}connection refused"
    assert not state_of(made, [failed_pull(refused)]).hopeless
    assert state_of(made, [failed_pull(refused, count=2)]).hopeless
    assert state_of(made, [failed_pull(refused), failed_pull(refused)]).hopeless
    assert "cannot be pulled: connection refused" in state_of(made, [failed_pull(refused)]).text


@pytest.mark.parametrize(
    "words",
    [
        f"rpc error: code = NotFound desc = {UNPACK}docker.io/library/nope:1: not found",
        f"rpc error: code = NotFound desc = {UNPACK}no match for platform in manifest: not found",
        "reading manifest 1 in docker.io/library/nope: manifest unknown",
    ],
)
def test_what_a_registry_will_say_again_is_hopeless_at_once(words):
    assert state_of(pod(waiting("ErrImagePull", words))).hopeless


def test_an_image_for_another_architecture_names_the_option():
    words = f"rpc error: code = NotFound desc = {UNPACK}no match for platform in manifest: not found"
    assert "--platform" in state_of(pod(waiting("ErrImagePull", words))).text


def test_a_private_image_names_the_setting():
    found = state_of(pod(waiting("ErrImagePull", f"rpc error: code = Unknown desc = {DENIED}")))
    assert "pull access denied" in found.text
    assert "kubernetes.image-pull-secrets" in found.text
    assert "rpc error" not in found.text


def test_a_services_image_counts_as_the_primarys():
    found = state_of(pod(RUNNING, waiting("InvalidImageName", "couldn't parse")))
    assert (found.kind, found.hopeless) == ("waiting", True)
    found = state_of(
        pod(waiting("ContainerCreating"), waiting("InvalidImageName", 'Failed to apply default image tag "A:"'))
    )
    assert found.hopeless
    assert "'image-of-service-1' is not the name of an image" in found.text


@pytest.mark.parametrize(
    ("reason", "message", "words"),
    [
        ("ErrImageNeverPull", 'Container image "x" is not present with pull policy of Never', "--pull never"),
        (
            "CreateContainerConfigError",
            "container has runAsNonRoot and image has non-numeric user (circleci), cannot verify user is non-root "
            '(pod: "x", container: primary)',
            'user: "NUMBER"',
        ),
        (
            "CreateContainerConfigError",
            'container has runAsNonRoot and image will run as root (pod: "x", container: primary)',
            "is root",
        ),
        ("CreateContainerConfigError", 'secret "x" not found', 'secret "x" not found'),
    ],
)
def test_a_container_that_cannot_be_made_is_hopeless(reason, message, words):
    found = state_of(pod(waiting(reason, message)))
    assert (found.kind, found.hopeless) == ("waiting", True)
    assert words in found.text


def test_a_container_that_cannot_be_made_yet_is_tried_some_times():
    made = pod(waiting("CreateContainerError", "context deadline exceeded"))
    assert not state_of(made).hopeless
    assert state_of(made, [event("Failed", "Error: context deadline exceeded", count=3)]).hopeless


def test_a_pod_whose_primary_runs_is_running():
    found = state_of(pod(RUNNING, RUNNING, phase="Running", conditions=[condition("Ready", "True")]))
    assert (found.kind, found.text, found.started) == ("running", "", True)


def test_a_node_that_does_not_answer_is_named():
    found = state_of(pod(RUNNING, phase="Running", conditions=[condition("Ready", "False")]))
    assert found.kind == "running"
    assert "kn1 does not answer" in found.text


def test_a_service_that_has_ended_is_told_with_its_status_and_last_lines():
    unready = condition("Ready", "False", "ContainersNotReady", "containers with unready status: [service-1]")
    found = state_of(
        pod(RUNNING, terminated(3, message="no password\n"), RUNNING, phase="Running", conditions=[unready])
    )
    assert (found.kind, found.text) == ("running", "")
    assert found.ended_services == (EndedService(1, 3, "no password"),)


def test_an_agent_that_heard_nothing_has_ended_itself():
    found = state_of(pod(terminated(75), RUNNING, phase="Running"))
    assert (found.kind, found.status, found.started) == ("ended", 75, True)
    assert "kubernetes.silence-limit" in found.text


def test_one_whose_run_may_be_left_has_another_limit_too():
    ended = pod(terminated(75), RUNNING, phase="Running")
    ended["metadata"]["annotations"] = {names.DETACHED: "/runs/id"}
    assert "kubernetes.detach-timeout" in state_of(ended).text


def test_out_of_memory_names_the_class_and_its_memory():
    found = state_of(pod(terminated(137, "OOMKilled"), RUNNING, phase="Running"))
    assert (found.kind, found.status) == ("ended", 137)
    assert "out of memory: resource class medium gives it 4Gi" in found.text
    unlimited = state_of(pod(terminated(137, "OOMKilled"), limits={}, phase="Failed"))
    assert "out of memory: its node had none left" in unlimited.text


def test_an_image_for_another_architecture_that_was_pulled_is_told_by_its_first_process():
    found = state_of(pod(terminated(255, message="exec /usr/bin/sh: exec format error"), phase="Failed"))
    assert "another architecture" in found.text


def test_an_image_without_a_shell_is_told():
    message = (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        'unable to start container process: exec: "sh": executable file not found in $PATH: unknown'
    )
    made = terminated(128, "StartError", message, startedAt="1970-01-01T00:00:00Z")
    found = state_of(pod(made, phase="Failed"))
    assert found.kind == "ended"
    assert "no shell" in found.text
    assert not found.started


def test_another_end_has_its_status_and_last_words():
    assert state_of(pod(terminated(2, message="sh: syntax error"), phase="Failed")).text.endswith("2: sh: syntax error")


def test_a_pod_that_lived_too_long_says_how_long():
    made = pod(
        terminated(137),
        phase="Failed",
        reason="DeadlineExceeded",
        message="Pod was active on the node longer than the specified deadline",
    )
    found = state_of(made)
    assert found.kind == "ended"
    assert "19800 s" in found.text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            {"reason": "Evicted", "message": "The node was low on resource: memory. Threshold quantity: 100Mi"},
            "evicted: The node was low on resource: memory",
        ),
        ({"reason": "NodeLost", "message": "Node kn1 which was running pod x is unresponsive"}, "node is lost"),
        ({"reason": "Preempting", "message": "Preempted in order to admit critical pod"}, "preempted"),
        ({"reason": "Terminated", "message": "Pod was terminated in response to imminent node shutdown."}, "shut down"),
    ],
)
def test_a_pod_that_its_node_has_ended_is_lost(status, words):
    found = state_of(pod(terminated(137), phase="Failed", **status))
    assert (found.kind, found.started) == ("lost", True)
    assert words in found.text


@pytest.mark.parametrize(
    "reason", ["OutOfcpu", "OutOfmemory", "NodeAffinity", "UnexpectedAdmissionError", "NodeShutdown"]
)
def test_a_pod_that_its_node_has_refused_has_not_begun(reason):
    found = state_of(
        pod(phase="Failed", reason=reason, message="Pod was rejected: Node didn't have enough resource: cpu")
    )
    assert (found.kind, found.started) == ("lost", False)
    assert "refused it: Pod was rejected" in found.text


@pytest.mark.parametrize(
    ("reason", "message", "words"),
    [
        ("PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod", "preempted"),
        ("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", "its node is lost"),
        ("EvictionByEvictionAPI", "Eviction API: evicting", "drained"),
        ("DeletionByPodGC", "PodGC: node no longer exists", "no longer in the cluster"),
    ],
)
def test_a_disruption_is_a_loss_even_while_the_container_seems_to_run(reason, message, words):
    """https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions"""
    target = condition("DisruptionTarget", "True", reason, message)
    found = state_of(pod(RUNNING, phase="Running", conditions=[target], deleted=True))
    assert (found.kind, found.started) == ("lost", True)
    assert words in found.text
    assert message in found.text


def test_a_disruption_that_did_not_come_is_none():
    target = condition("DisruptionTarget", "False", "PreemptionByScheduler", "stale")
    assert state_of(pod(RUNNING, phase="Running", conditions=[target])).kind == "running"


def test_a_pod_that_somebody_deletes_is_lost():
    found = state_of(pod(RUNNING, phase="Running", deleted=True))
    assert found.kind == "lost"
    assert "deletes its Pod" in found.text


@pytest.mark.parametrize("status", [137, 143])
def test_a_container_that_a_deletion_has_ended_did_not_end_by_itself(status):
    assert state_of(pod(terminated(status), phase="Failed", deleted=True)).kind == "lost"
    assert state_of(pod(terminated(75), phase="Failed", deleted=True)).kind == "ended"
    assert state_of(pod(terminated(137, "OOMKilled"), phase="Failed", deleted=True)).kind == "ended"


def test_a_pod_that_is_gone_is_lost_and_events_say_why():
    before = state_of(pod(RUNNING, phase="Running"))
    assert state_of(None, before=before).kind == "lost"
    assert state_of(None, before=before).started
    assert not state_of(None, before=state_of(pod(node=""))).started
    taint = event("TaintManagerEviction", "Marking for deletion Pod default/nox-build-1")
    assert "its node is lost" in state_of(None, [taint]).text
    preempted = event("Preempted", "Preempted by pod 0a1b on node kn1")
    assert "Preempted by pod 0a1b on node kn1" in state_of(None, [event("Killing", "x"), preempted]).text


def test_what_was_known_of_an_end_counts_when_the_pod_is_gone():
    target = condition("DisruptionTarget", "True", "EvictionByEvictionAPI", "Eviction API: evicting")
    evicted = state_of(pod(RUNNING, phase="Running", conditions=[target], deleted=True))
    assert state_of(None, before=evicted) == evicted
    silent = state_of(pod(terminated(75), phase="Failed"))
    assert state_of(None, before=silent) == silent


@pytest.mark.parametrize("ended", [terminated(137, "ContainerStatusUnknown", "gone"), terminated(255, "Unknown")])
def test_an_end_that_nobody_knows_is_a_loss(ended):
    assert state_of(pod(ended, phase="Failed")).kind == "lost"


def test_a_first_process_that_was_killed_may_have_been_in_the_nodes_way():
    found = state_of(pod(terminated(137), phase="Failed"))
    assert (found.kind, found.status) == ("ended", 137)
    assert "node was out of memory" in found.text


@pytest.mark.parametrize("found", [None, pod(waiting("ContainerCreating")), pod(waiting("ErrImagePull"))])
def test_the_events_of_a_pod_that_is_gone_or_prepared_say_more(found):
    assert events_say_more(found)


@pytest.mark.parametrize(
    "found",
    [
        pod(node="", conditions=[condition("PodScheduled", "False", "Unschedulable", FULL)]),
        pod(RUNNING, phase="Running"),
        pod(terminated(0), phase="Succeeded"),
        pod(phase="Failed", reason="Evicted"),
    ],
)
def test_what_is_told_of_other_pods_changes_nothing(found):
    told = [failed_pull("nope"), event("Evicted", "so"), event("FailedMount", "no volume"), event("Pulling", "it")]
    assert not events_say_more(found)
    assert state_of(found, told) == state_of(found)


def test_of_a_pod_that_its_node_has_not_begun_nothing_is_told_but_its_place():
    assert not events_say_more(pod())
    assert state_of(pod(), [event("Scheduled", "Successfully assigned")]) == state_of(pod())
