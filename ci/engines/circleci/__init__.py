"""The circleci engine: what the official CLI's ``local execute`` can do."""
