"""Documents that belong together: interpretations and what they interpret, joint documents and their reprints."""
