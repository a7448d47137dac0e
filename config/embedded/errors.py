class EmbeddedError(Exception):
    """The embedded services cannot run here; the message is one sentence for the person."""
