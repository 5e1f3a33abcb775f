"""Secrets in output become ``****``."""
