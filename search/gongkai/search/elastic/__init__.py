"""The Elasticsearch backend: an index over `search_document`, kept beside it by the outbox."""
