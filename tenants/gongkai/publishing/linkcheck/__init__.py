"""Whether the links in public items lead somewhere: found in the text, asked for at night, listed for their units."""
