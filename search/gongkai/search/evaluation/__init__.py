"""Judging the search: a corpus, queries with what they must find, measures."""
