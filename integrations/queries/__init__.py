"""Reads of the sync; `integrations.queries.<room>` holds each."""
