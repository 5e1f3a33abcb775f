"""Between this machine and its containers: addresses, relays, the user's proxy."""
