"""Working days (K1-K4, K11), dates as Shanghai sees them, statistics months and update periods of columns."""
