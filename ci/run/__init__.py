"""Plan and engine to events: scheduler, run folders, clean-up."""
