"""Reminder slips."""
