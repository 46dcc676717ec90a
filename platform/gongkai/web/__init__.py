"""The web edge: application factory, base templates and components, static files, error pages, health."""
