"""What a run needs, checked; and what went wrong, recorded."""
