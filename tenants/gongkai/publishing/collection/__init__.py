"""Collection from elsewhere: what is published on another platform is brought here each day."""
