"""The chain on paper."""
