"""Reads of governance; `governance.queries.<room>` holds each."""
