"""Search over all units: query model, backends, indexer and the citizens' search page."""
