"""Supervision: who publishes and who does not, alerts, findings and the circular （通报）."""
