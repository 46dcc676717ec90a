"""What an office records of a unit by hand: absences, false claims, commendations."""
