"""Reads of goals; `okrs.queries.<room>` holds each."""
