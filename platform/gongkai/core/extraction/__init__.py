"""Text of files that people bring, read in a process of its own that cannot harm the application."""
