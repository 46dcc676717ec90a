"""Tests of `gongkai.core.conversion`."""
