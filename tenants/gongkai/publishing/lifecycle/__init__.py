"""What happens to information afterwards: changes, the end of its display, its validity, what is withheld."""
