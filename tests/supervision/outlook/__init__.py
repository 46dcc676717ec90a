"""The look at everything."""
