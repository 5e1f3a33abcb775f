"""Speed, as ratios measured in one run; nothing here asserts, a person reads the table."""
