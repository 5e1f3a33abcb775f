"""A whole run: from a project's config to its exit status."""
