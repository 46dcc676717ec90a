"""Intake: approved documents that a unit's document system sends become drafts, with their signing on record."""
