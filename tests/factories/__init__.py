"""Factories: small worlds made through the product's own services."""
