"""What citizens search for: counts by day and query, without anything of who searched."""
