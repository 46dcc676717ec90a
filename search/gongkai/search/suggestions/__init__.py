"""What the search box suggests while somebody types: agencies, terms, titles."""
