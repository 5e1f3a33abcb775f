"""What can be asked for: the command line, variables, settings files."""
