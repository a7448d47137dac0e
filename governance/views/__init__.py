"""Pages of governance; `governance.views.<room>` holds each."""
