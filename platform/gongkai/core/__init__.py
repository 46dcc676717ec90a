"""What every module stands on: settings, unit of work, outbox, storage, calendar, text."""
