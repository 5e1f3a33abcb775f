"""A project with a CircleCI config, and what this machine has for it."""
