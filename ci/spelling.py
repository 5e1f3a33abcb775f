"""How this program is started: a name for messages, known without a look at the system."""

from __future__ import annotations

PROGRAM = "python -m ci" if __package__ == "ci" else "nox-circleci"
"""This program in a clone, where the package is called ``ci``, and where it is installed."""
