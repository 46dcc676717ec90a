"""The day of a unit （今日事项）: what falls due when, before it is a failure."""
