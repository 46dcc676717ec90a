"""Saved pages of old sites: read, looked at for damage, repaired by people, and migrated."""
