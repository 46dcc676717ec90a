"""What an office records of a unit by hand: false claims, commendations."""
