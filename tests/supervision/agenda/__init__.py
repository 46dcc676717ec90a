"""The day of a unit."""
