"""The engine ``host``: a job's steps on this machine."""
