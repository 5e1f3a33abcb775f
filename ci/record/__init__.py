"""The record of a run, ``run.json``: what was asked for, what ran, how it ended, and from what it can be continued."""
