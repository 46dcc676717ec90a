"""The catalogue: columns and their templates, index numbers, the disclosure guide."""
