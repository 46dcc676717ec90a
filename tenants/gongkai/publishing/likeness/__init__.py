"""Near-duplicates: fingerprints of what is published, and which earlier item of the unit a later one is like."""
