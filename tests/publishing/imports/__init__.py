"""Bringing many items at once."""
