"""What steps store and bring back: workspaces, caches, artifacts, test results."""
