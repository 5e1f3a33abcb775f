"""The ``checkout`` step: the user's checkout, with what is not committed, as the job's own repository."""

from __future__ import annotations
