"""Git: how it is called, and what it says about the user's work tree."""
