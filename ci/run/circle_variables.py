"""The variables that CircleCI defines in every job. https://circleci.com/docs/reference/variables/"""

from __future__ import annotations

from collections.abc import Mapping

from ..dataclass import dataclass, replace
from ..git.work_tree import WorkTree
from ..source.nodes import Value
from ..system.unique_id import OF_URLS, derived_id, random_id
from ..workflow.model import Job, Pairs


@dataclass(frozen=True, slots=True)
class PipelineIds:
    """One run's numbers and names; ids are UUIDs of this run."""

    number: int
    id: str
    workflow_id: str
    repository_url: str = ""
    owner: str = ""
    repository: str = ""
    username: str = ""

    @classmethod
    def of(cls, number: int, values: Mapping[str, Value], username: str) -> PipelineIds:
        """Return those of a new pipeline; ``values`` are git's pipeline values."""
        url, owner, name = (str(values.get(f"git.{part}", "")) for part in ("repo_url", "repo_owner", "repo_name"))
        return cls(number, random_id(), random_id(), url, owner, name, username)

    def of_next_workflow(self) -> PipelineIds:
        """Return those of another workflow of the same pipeline."""
        return replace(self, workflow_id=random_id())


def defined(
    pipeline: PipelineIds, work_tree: WorkTree, job: Job, name: str, build: int, node: int, nodes: int
) -> Pairs:
    """Return the CIRCLE_* variables of one job node; what has no value here (a pull request's) is left unset."""
    url = f"{pipeline.repository_url}#{build}" if pipeline.repository_url else f"local://{build}"
    pairs = {
        "CI": "true",
        "CIRCLECI": "true",
        "CIRCLE_BRANCH": work_tree.branch,
        "CIRCLE_TAG": work_tree.tag,
        "CIRCLE_SHA1": work_tree.revision,
        "CIRCLE_JOB": name,
        "CIRCLE_BUILD_NUM": str(build),
        "CIRCLE_BUILD_URL": url,
        "CIRCLE_NODE_INDEX": str(node),
        "CIRCLE_NODE_TOTAL": str(nodes),
        "CIRCLE_PIPELINE_ID": pipeline.id,
        "CIRCLE_WORKFLOW_ID": pipeline.workflow_id,
        "CIRCLE_WORKFLOW_JOB_ID": derived_id(pipeline.workflow_id, f"{name}/{node}"),
        "CIRCLE_WORKFLOW_WORKSPACE_ID": pipeline.workflow_id,
        "CIRCLE_PROJECT_ID": derived_id(OF_URLS, pipeline.repository_url),
        "CIRCLE_ORGANIZATION_ID": derived_id(OF_URLS, pipeline.owner),
        "CIRCLE_PROJECT_REPONAME": pipeline.repository or work_tree.root.name,
        "CIRCLE_PROJECT_USERNAME": pipeline.owner,
        "CIRCLE_REPOSITORY_URL": pipeline.repository_url,
        "CIRCLE_USERNAME": pipeline.username,
        "CIRCLE_WORKING_DIRECTORY": job.working_directory,
    }
    return tuple((key, value) for key, value in pairs.items() if value)
