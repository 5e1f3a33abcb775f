"""Compiled config to graph to plan."""
