"""The public interface for programs: search, items, units and their columns as JSON."""
