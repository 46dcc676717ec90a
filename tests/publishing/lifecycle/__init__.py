"""What happens to information afterwards."""
