"""Tests of `gongkai.core.tables`."""
