"""Meaning beside words: texts as vectors by an embedding model, their neighbours, and how both are put in one order."""
