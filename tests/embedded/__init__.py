"""Tests of gongkai.embedded."""
