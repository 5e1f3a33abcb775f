"""HTTP endpoints of this machine."""
