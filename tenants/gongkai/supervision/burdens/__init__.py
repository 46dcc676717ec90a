"""Relief of burdens （减负核查）: every recurring demand on grass-roots units, its basis, and how often it was made."""
