"""Runs each job as a Pod of a Kubernetes cluster."""
