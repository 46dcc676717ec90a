"""One mail a day with what is new for a person, and what the office's message gateway is handed of it."""
