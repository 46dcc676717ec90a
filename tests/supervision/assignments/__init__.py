"""Tasks from above."""
