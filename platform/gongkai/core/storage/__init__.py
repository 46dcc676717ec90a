"""Files by their SHA-256 digest: the store, what a file really is, and names that are safe to send."""
