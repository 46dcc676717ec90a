"""Tests of term lists, content checks and sweeps."""
