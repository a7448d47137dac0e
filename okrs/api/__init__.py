"""Goals over the API. Each module holds the resources of one room."""
