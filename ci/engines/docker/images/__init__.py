"""The images of a run: looked for, pulled, built from a project's Dockerfile."""
