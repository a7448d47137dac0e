"""Growth by arithmetic: what a machine carries, cells that fill, and a noisy neighbour.

Nothing here runs the product. What things cost stands in `bench/costs.toml`.
"""
