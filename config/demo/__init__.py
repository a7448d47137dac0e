"""The demo organisation: what it says (`places`, `goals_*`), and how it is loaded (`loader`)."""
