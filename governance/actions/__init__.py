"""Writes of governance; `record_decision` is for code that decides on somebody's behalf."""

from governance.actions.decisions import record_decision

__all__ = ["record_decision"]
