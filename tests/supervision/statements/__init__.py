"""Statements of having nothing to publish."""
