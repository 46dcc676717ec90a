"""What the public sees: front page, units, columns, items, feeds, sitemap."""
