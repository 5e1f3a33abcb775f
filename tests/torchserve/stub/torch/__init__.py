"""A stand-in for torch, put on the path only where TORCHSERVE_TORCH=stub asks for it.

The backend imports torch to recognise tensors among a handler's answers. This has the class and no
arithmetic: enough for handlers that do not use torch, and called what it is.
"""

__version__ = "stub"


class Tensor(object):
    """Nothing is an instance of it."""


class cuda(object):
    """No GPU."""

    @staticmethod
    def is_available():
        return False
