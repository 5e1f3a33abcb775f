"""The ``checkout`` step: the user's checkout as the job's own repository."""

from .checkout import check_out, hand_in, write_tree
from .ownership import Ownership

__all__ = ["Ownership", "check_out", "hand_in", "write_tree"]
