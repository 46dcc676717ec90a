"""The daily mail and the gateway."""
