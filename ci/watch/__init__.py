"""Run again what a saved file touches: the process that sees changes, those that run, and the loop between them."""
