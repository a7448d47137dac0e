"""Writes on planning and reviewing. Each name is one act; `reviews.actions.<room>` holds it."""
