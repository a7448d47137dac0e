"""The API of the map: whatever a page of it can do."""
