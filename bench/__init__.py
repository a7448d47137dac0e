"""How fast the product is, as ratios to floors measured beside it, and what it may cost at most."""
