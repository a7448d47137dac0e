"""Reads for planning and reviewing."""
