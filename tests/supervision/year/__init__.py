"""A year of a prefecture, lived day by day, and its figures counted again from what happened."""
