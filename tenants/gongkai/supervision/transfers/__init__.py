"""Monthly lists of what units hand over to archives and public libraries （条例 art. 25, `catalog.md` section 13）."""
