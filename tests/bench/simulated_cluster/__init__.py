"""A simulated cluster: stands for kubectl, an API server, a scheduler and nodes, so that thousands of Pods fit here.

Nothing of Kubernetes runs in it. What it answers is what ci/engines/kubernetes/cluster asks, in the order and about the
size of a real cluster's answers; a Pod's container is a folder, and the processes in it are this machine's own.
"""
