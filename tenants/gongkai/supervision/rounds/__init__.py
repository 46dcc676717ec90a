"""What stands around naming a unit in a circular: it is asked before, and confirms afterwards that it has read it."""
