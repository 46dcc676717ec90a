"""The circular (通报): locked figures, drafted text, its wizard, signing, issue and publication."""
