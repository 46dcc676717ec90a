"""Tests of `gongkai.core.storage`."""
