"""Tests of the link check."""
