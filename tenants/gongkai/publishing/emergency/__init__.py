"""Emergency takedown （紧急撤下）: an office removes what must not be public, and rules on it afterwards."""
