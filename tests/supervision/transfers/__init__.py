"""Transfers to archives and libraries."""
