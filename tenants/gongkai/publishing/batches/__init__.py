"""Items imported together, submitted and decided on as a whole."""
