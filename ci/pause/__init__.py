"""Jobs that wait between their steps: who has them wait, who decides how they go on, and from where."""
