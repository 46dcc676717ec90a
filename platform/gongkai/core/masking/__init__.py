"""Masked copies of lists of persons: same file, same layout, personal numbers and names hidden."""
