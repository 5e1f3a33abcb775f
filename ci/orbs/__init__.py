"""Orbs on this machine: found, packed, added, fetched, locked and carried."""
