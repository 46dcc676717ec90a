"""Bringing many items at once: lists of drafts, and what was published elsewhere before."""
