"""The invented demonstration prefecture: units and items, the same for the same day."""
