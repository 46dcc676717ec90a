"""What an office records of a unit by hand: missing reports, false claims, commendations."""
