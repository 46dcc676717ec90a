"""The rich text of published items: sanitising, plain text, import from Word."""
