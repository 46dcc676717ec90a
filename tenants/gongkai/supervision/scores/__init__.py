"""Monthly scores of units: computed from findings, versioned, explained to the last point (`supervision.md` 6)."""
