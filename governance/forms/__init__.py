"""Forms of governance; `governance.forms.<room>` holds each."""
