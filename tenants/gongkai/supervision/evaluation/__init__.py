"""Evaluating the rules: facts are read by family, problems found by pure functions, findings brought in line."""
