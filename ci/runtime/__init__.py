"""What a running job needs, whatever engine runs it."""
