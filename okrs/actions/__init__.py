"""Writes on goals. Each name is one act; `okrs.actions.<room>` holds it."""
