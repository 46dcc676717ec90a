"""What happened to a text on its way from an old site: recognised and shown, never repaired by itself."""
