"""Hand-over （人员交接）: all that a person who leaves has in hand passes to a successor in one step."""
