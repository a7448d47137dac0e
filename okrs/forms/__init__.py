"""What people type about goals. The actions judge it, so that pages and the API agree."""
