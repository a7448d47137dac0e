"""What operators see of the running product: times, figures, readiness."""
