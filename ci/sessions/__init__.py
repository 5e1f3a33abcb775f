"""A project's nox sessions."""
