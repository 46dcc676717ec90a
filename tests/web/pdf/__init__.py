"""Tests of `gongkai.web.pdf`."""
