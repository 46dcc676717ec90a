"""Tests of units and of row-level security."""
