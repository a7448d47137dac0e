"""Contests by topic; each module says which of the product's own code it runs."""
