"""Runs the jobs of a run as Pods, once the engine is prepared."""

from __future__ import annotations

import os
import secrets
import shlex
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from ... import process
from ...dataclass import dataclass, field, replace
from ...errors import EngineError
from ...events import Emit, Fidelity, JobStarted, Notice
from ...runtime import command
from ...runtime.command import File
from ...runtime.failures import JobError, StepError
from ...runtime.fidelity import UsedFeature, with_features
from ...runtime.job import run_job, task_files
from ...runtime.left_node import HandedOver, StepsAhead
from ...runtime.stops import NEVER
from ...runtime.task import Outcome, Task
from ...system.command_names import typed_command
from ...system.removal import remove_tree
from ...workflow.model import Run
from ..container import certificates
from ..container.channel import Channel
from ..container.shells import JobShells, ignore, large
from .box import NAME, KubernetesBox
from .choices import ClusterChoices
from .cluster.connection import Cluster
from .cluster.kubectl_proxy import kubectl
from .cluster.watching import PodWatch
from .contact import Contact
from .detached_pod import DetachedPod, delete_left
from .handed_over import HandedOverPod, go_on
from .jobs_at_once import JobsAtOnce
from .living_pods import LivingPods
from .manifest import SPOOL, pod_manifest
from .names import pod_name
from .pod import ENDED, Canceled, LostPod, Pod
from .pod_access import PodAccess, agent_text, task_folder
from .pod_archives import ArchivePlaces, PodArchives
from .pod_owner import PodOwner
from .port_relay import PortRelay
from .services import Services, shown
from .skipping import pod_differences
from .waiting_pods import WaitingPods

LINK = 'for each in circleci circleci-agent; do [ -e "/bin/$each" ] || ln -s "$0/$each" /bin; done'
"""A login shell sets PATH anew."""
MOST_RETRIES = 3
"""How often a job whose Pods are lost runs again: what takes them may be the job itself, as by its memory."""
MAY_REPEAT = "What its steps did until then may happen a second time"
NOT_BEGUN = Outcome("canceled", Fidelity("skipped"), "the run was ended before it began")
KEPT_SECONDS = 8 * 3600.0
"""How long the Pod of a kept job lives on without this program."""


@dataclass(frozen=True)
class PodJobs:
    """What a prepared engine runs its jobs with."""

    cluster: Cluster
    watch: PodWatch
    choices: ClusterChoices
    owner: PodOwner
    at_once: JobsAtOnce
    names_there: Mapping[str, str] = field(default_factory=dict)
    """The names in the cluster of images that the project builds and that were brought there."""
    waiting: WaitingPods = field(default_factory=WaitingPods)
    living: LivingPods = field(default_factory=LivingPods)
    archives: ArchivePlaces = field(default_factory=ArchivePlaces)
    """Where workspaces and caches lie that do not come to this machine."""
    left: list[HandedOverPod] = field(default_factory=list)
    """Those that are to go on without this program."""

    def keep_left(self) -> None:
        """Have the Pods that were left go on when the engine is closed."""
        go_on(self.left)
        self.left.clear()

    def end_left(self) -> None:
        """Delete the Pods that were left, if nobody will come back to them."""
        for pod in self.left:
            pod.end()

    def run(self, task: Task, emit: Emit, cancel: threading.Event) -> Outcome:
        """Run one node; see ``protocol.RunTask``. A lost Pod is replaced only where the user has asked for that."""
        try:
            with self.at_once.place(emit, cancel):
                return self._run_again_if_lost(task, emit, cancel)
        except Canceled:
            self.end_unreached([task.left.place] if task.left else [])
            return NOT_BEGUN

    def _run_again_if_lost(self, task: Task, emit: Emit, cancel: threading.Event) -> Outcome:
        losses: list[UsedFeature] = []
        for left in range(MOST_RETRIES, -1, -1):
            may_again = bool(left) and self.choices.on_lost == "retry"
            try:
                outcome, lost = self._run(task, emit, cancel)
                done = MAY_REPEAT
                if not lost or not may_again or cancel.is_set():
                    break
            except LostPod as error:
                lost, done = str(error), MAY_REPEAT if task.left else "None of its steps had begun"
                if not may_again or cancel.is_set():
                    raise
            _warn(f"runs again: {lost}. {done} (--on-lost retry)", task, emit)
            losses.append(("lost", f"it was run again: {lost}. {done}"))
            _forget_results(task, emit)
            task = replace(task, left=None)
        return replace(outcome, fidelity=with_features(outcome.fidelity, losses, NAME))

    def end_unreached(self, places: Sequence[Mapping[str, object]]) -> None:
        """Delete Pods that were left and that nobody has come back to, by what is known of them."""
        with suppress(EngineError):  # then they end themselves
            delete_left(self.cluster, places)

    def _run(self, task: Task, emit: Emit, cancel: threading.Event) -> tuple[Outcome, str]:
        """Run one node in a Pod of its own; return how it ended, and why the Pod was lost if it was.

        Raise LostPod if that was before it was entered, or EngineError.
        """
        left = DetachedPod.read(task.left.place) if task.left else None
        name = left.name if left else pod_name(task.run, task.label, secrets.token_hex(8))
        contact = Contact(task.label, emit, silence_limit=self.choices.silence_limit)
        pod = Pod(self.cluster, self.watch, name, self.choices, task.settings.keep, contact, cancel)
        with ExitStack() as ending:
            ending.callback(lambda: _report_left(pod, task, emit))
            ending.callback(contact.close)
            ending.enter_context(pod)
            ending.enter_context(self.living.with_one_more(pod, cancel))
            try:
                box = self._entered(pod, task, emit, cancel, left, ending)
            except Canceled:
                return NOT_BEGUN, ""
            except EngineError:
                if pod.let_gone:
                    return NOT_BEGUN, ""
                if left is None and pod.lost_reason:
                    raise LostPod(pod.lost_reason) from None
                raise
            emit(self._started(task, box, pod.name))
            services = Services(pod, task, emit)
            services.report_ended()
            try:
                outcome = run_job(task, box, emit, cancel, StepsAhead() if task.hands_over or task.left else None)
            except HandedOver:
                assert box.handed_over is not None
                self.left.append(box.handed_over)
                raise
            if pod.let_gone:
                return replace(outcome, status="canceled", reason=ENDED), ""
            services.report_ended(failed_only=outcome.status != "failed")
            if outcome.status == "failed" and box.killed:
                _warn(box.killed, task, emit)
            return outcome, pod.lost_reason if outcome.status == "failed" else ""

    def _entered(
        self,
        pod: Pod,
        task: Task,
        emit: Emit,
        cancel: threading.Event,
        left: DetachedPod | None,
        ending: ExitStack,
    ) -> KubernetesBox:
        """Have the job's box in a new Pod, or in that where it was left. Raise EngineError, or Canceled."""
        if left is None:
            self._start(pod, task, emit, cancel)
            return self._box(task, pod, emit, ending)
        pod.wait_for_left(cancel)
        return self._box_again(task, pod, emit, left, ending)

    def _start(self, pod: Pod, task: Task, emit: Emit, cancel: threading.Event) -> None:
        """Have the Pod run. Raise EngineError, or Canceled."""

        def tell(reason: str) -> None:
            self.waiting.tell(task.label, reason, emit)

        limit = KEPT_SECONDS if task.settings.keep else self.choices.silence_limit
        longer = KEPT_SECONDS if task.settings.keep or task.stops is not NEVER else 0.0
        longer += self.choices.detach_timeout if task.hands_over else 0.0
        choices = replace(
            self.choices,
            extra_seconds=longer,
            brought=tuple(self.names_there.values()),
            variables=certificates.variables(os.environ, _certificates(task)),
        )
        there = [replace(each, image=self.names_there.get(each.image, each.image)) for each in task.job.images]
        manifest = pod_manifest(pod.name, task, there, agent_text(limit), choices, self.owner)
        try:
            pod.create(manifest, cancel, tell)
            pod.wait_until_ready(cancel, tell)
        finally:
            self.waiting.forget(task.label, emit)

    def _box(self, task: Task, pod: Pod, emit: Emit, ending: ExitStack) -> KubernetesBox:
        """Start the job's shells in its Pod; ``ending`` closes them."""
        try:
            files = task_files(task)
            access = PodAccess(pod)
            shells = _shells(task, access, task_folder(pod.name), files, ending)
            _link_command(task, access, shells.folder)
            box = self._place(task, pod, emit, access, shells, None)
            if task.settings.continuation:
                ending.callback(PortRelay(access, task.settings.continuation.port).close)
            for file in files:
                if large(file.content):
                    box.write(f"{box.task_data}/{file.name}", file.content, file.mode)
            for source, place in _certificates(task).items():
                box.write(place, Path(source).read_bytes(), 0o644)
            return box
        except (JobError, StepError, OSError) as error:
            raise EngineError(str(error)) from None

    def _box_again(self, task: Task, pod: Pod, emit: Emit, left: DetachedPod, ending: ExitStack) -> KubernetesBox:
        """Come back to a job that was left in its Pod; ``ending`` closes its shells."""
        try:
            access = PodAccess(pod)
            steps = Channel.again(access.again(left.steps), left.mark, access.ended_reason)
            ending.callback(steps.close)
            access.set_limit(self.choices.silence_limit, detached=False)
            shells = JobShells(access, task_folder(pod.name), steps, task_files(task), False)
            ending.callback(shells.close)
            return self._place(task, pod, emit, access, shells, left)
        except (JobError, StepError, OSError) as error:
            raise EngineError(str(error)) from None

    def _place(
        self, task: Task, pod: Pod, emit: Emit, access: PodAccess, shells: JobShells, left: DetachedPod | None
    ) -> KubernetesBox:
        arm = shells.ask("uname -m")[1].strip() in (b"aarch64", b"arm64")
        differences = tuple(pod_differences(task.job, self.choices, arm, left.changes if left else pod.changes))
        image = task.job.images[0].image
        archives = PodArchives(access, pod.name, image, self.archives, lambda text: _warn(text, task, emit))
        return KubernetesBox(pod, access, shells, task, differences, archives, left, self.choices)

    def _started(self, task: Task, box: KubernetesBox, name: str) -> JobStarted:
        executor = task.instance.executors[0] if task.instance.executors else task.job.executor
        kept = kept_commands(self.cluster.context, self.cluster.namespace, name) if task.settings.keep else ()
        lines = tuple(_first_lines(task, box, self.cluster, name, kept))
        number = len(task.job.steps)
        place, again = task.instance.position, task.left is not None
        return JobStarted(time.time(), task.label, executor, place, lines, number, NAME, kept=kept, again=again)


def _forget_results(task: Task, emit: Emit) -> None:
    """Remove what a try has left on this machine that does not count: the next one begins at the first step."""
    for folder in (task.folders.artifacts, task.folders.test_results):
        if still := remove_tree(folder):
            _warn(f"the results of its lost Pod stay beside the next ones: {still}", task, emit)


def _certificates(task: Task) -> dict[str, str]:
    """Return the files of certificates that a job gets of this machine, each with its place in the Pod."""
    return certificates.bundles(os.environ, SPOOL) if task.settings.host_ca else {}


def _warn(text: str, task: Task, emit: Emit) -> None:
    emit(Notice(time.time(), text, task.label, level="warning"))


def kept_commands(context: str, namespace: str, name: str) -> tuple[str, str]:
    """Return the command that goes to a kept Pod, and the one that removes a project's."""
    into = [kubectl(), "--context", context, "--namespace", namespace, "exec", "-it", name, "--", "sh"]
    away = ["clean", "pods", "--kube-context", context, "--namespace", namespace]
    return shlex.join(into), typed_command(shlex.join(away))


def _report_left(pod: Pod, task: Task, emit: Emit) -> None:
    if pod.left:
        text = f"the Pod {pod.name} is left until it ends by itself, because it cannot be deleted: {pod.left}"
        _warn(text, task, emit)


def _first_lines(task: Task, box: KubernetesBox, cluster: Cluster, name: str, kept: Sequence[str]) -> Iterator[str]:
    if task.left:
        yield f"back in the Pod {name}, namespace {cluster.namespace}, context {cluster.context}"
        return
    image, *services = task.job.images
    yield f"in a container of {image.image}, in {box.working_directory}"
    yield f"Pod {name}, namespace {cluster.namespace}, context {cluster.context}"
    for each in services:
        yield f"with a container of {shown(each)}"
    if task.settings.host_ca:
        yield from certificates.lines(os.environ, _certificates(task))
    yield from (short for _, short in box.features)
    if kept:
        yield f"kept for inspection: {kept[0]}"
        yield f"{kept[1]} removes it"


def _shells(task: Task, access: PodAccess, folder: str, files: Sequence[File], ending: ExitStack) -> JobShells:
    steps = Channel(
        lambda args: access.open(*args, stdin=process.PIPE),
        folder,
        access.ended_reason,
        files=[file for file in files if not large(file.content)],
    )
    ending.callback(steps.close)
    steps.receive(ignore)
    shells = JobShells(access, folder, steps, files, task.settings.tty)
    ending.callback(shells.close)
    return shells


def _link_command(task: Task, access: PodAccess, folder: str) -> None:
    """Have the ``circleci`` command in /bin too, if steps speak of it, where the image's user may do that."""
    if any(isinstance(step, Run) and "circleci" in step.command for step in task.job.steps):
        access.as_root().call("sh", "-c", LINK, f"{folder}/{command.FOLDER}")
