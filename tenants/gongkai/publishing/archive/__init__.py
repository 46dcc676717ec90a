"""Archive copies of published versions, as BagIt packages (RFC 8493)."""
