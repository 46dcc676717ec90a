"""Tests of masked copies."""
