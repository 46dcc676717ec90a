"""Spot checks （抽查）: a random sample that anyone can draw again, a check record (form D08) for each item."""
