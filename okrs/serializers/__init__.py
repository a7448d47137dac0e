"""Shapes of goals in the API: what goes out, and what may come in."""
