"""Reminder slips （工作提示单, D11）: numbered documents of an office to its units, their replies and closure."""
