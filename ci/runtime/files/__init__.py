"""Files into archives and out of them, and names matched as CircleCI matches them."""
