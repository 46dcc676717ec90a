"""Collection from elsewhere."""
