"""The user's consent to what a project asks for."""
