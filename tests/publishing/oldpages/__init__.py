"""Tests of old pages."""
