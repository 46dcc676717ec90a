"""Term lists of the office, and checks of text and attachments against them before and after publication."""
