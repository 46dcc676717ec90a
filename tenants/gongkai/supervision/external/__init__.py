"""External data of the month: site and new-media checks, the 12345 hotline, the mailbox, corrections, messages."""
