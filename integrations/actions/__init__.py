"""Writes of the sync; `integrations.actions.<room>` holds each."""
