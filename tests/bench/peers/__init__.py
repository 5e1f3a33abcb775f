"""The same work by this package and by others, in one run, from one description of it."""
