"""Screens for units, people, calendar and settings."""
