"""A real Elasticsearch node for development machines and CI, put together from jars of Maven Central."""
