"""Text to positioned YAML nodes."""
