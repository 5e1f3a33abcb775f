"""The docker engine: a container for each job, steps through one long-lived process in it."""
