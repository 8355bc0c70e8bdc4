"""What the embedded servers say when they cannot do their work."""


class EmbeddedError(Exception):
    """A server or a program could not be started; the message is a sentence for a person."""
