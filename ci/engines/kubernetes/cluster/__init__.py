"""The way to a cluster: what kubectl lets this program ask, without a process for each question."""
