"""What a job can see of its Pod, so far as that is known before there is one: an image only by its digest."""

from __future__ import annotations

import os

from ...runtime.task import Settings
from ...workflow.job_instances import JobInstance
from ..container import certificates
from ..protocol import Surroundings
from .box import NAME
from .cluster.connection import Cluster
from .manifest import SPOOL


def survey(cluster: Cluster, instance: JobInstance, settings: Settings) -> Surroundings:
    """Look at the place of a job. A tag may be another image by now, and no cluster says so before it is pulled."""
    images = [each.image for each in instance.job.images] if instance.job else []
    facts = {"engine": NAME, "context": cluster.context, "namespace": cluster.namespace}
    facts |= {f"image {number}": image for number, image in enumerate(images, 1)}
    try:
        facts |= dict(certificates.facts(os.environ, SPOOL)) if settings.host_ca else {}
    except OSError as error:
        return Surroundings(facts, f"certificates cannot be read: {error}")
    loose = [image for image in images if "@sha256:" not in image]
    return Surroundings(facts, f"{loose[0]} is named by a tag, not by a digest" if loose else "")
