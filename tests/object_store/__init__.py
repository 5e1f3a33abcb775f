"""A server of the S3 protocol for tests: Versity's gateway, which checks signatures and keeps objects as files."""
