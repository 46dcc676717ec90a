"""RQ queues, the outbox drain and the schedule."""
