"""A cluster on which nothing can run."""

from __future__ import annotations

from typing import ClassVar

from ....errors import BAD_INPUT, EngineError


class NoCluster(EngineError):
    """There is no way to a cluster, or nothing that this user may do there: no job can start."""

    exit_status: ClassVar[int] = BAD_INPUT
