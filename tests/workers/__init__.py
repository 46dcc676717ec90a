"""Tests of the job queues, the outbox and the schedule."""
