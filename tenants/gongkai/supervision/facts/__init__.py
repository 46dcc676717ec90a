"""What an office records of a unit by hand: absences, missing reports, false claims, commendations."""
