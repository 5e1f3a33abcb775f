"""Reuse: what a job can see, whether that is as it was, and in which kept run."""
