"""This machine's files, locks and processes, as every layer above uses them."""
