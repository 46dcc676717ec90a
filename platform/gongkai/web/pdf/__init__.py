"""Official documents as PDF, where a converter is configured: made by a job, kept for a week."""
