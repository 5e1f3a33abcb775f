"""2.1 source to the compiled config: pure, without I/O, clock or environment."""
