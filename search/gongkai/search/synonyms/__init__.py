"""The office's own list of everyday words and official terms: versions, preview, explanations of results."""
