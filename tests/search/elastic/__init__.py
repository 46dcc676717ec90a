"""Tests of the Elasticsearch backend on a real node."""
