"""Official documents as PDF, by an office program outside of ours in a confined process."""
