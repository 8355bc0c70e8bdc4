"""A refusal is a sentence for the person who asked."""


class Refused(Exception):
    """A verb that will not be done: shown as a toast, 409 in the API, a row in an import.

    `field` names the input at fault, where there is one; `code` is for programs.
    """

    def __init__(self, sentence: str, *, code: str = "refused", field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.field = field


class Lost(Refused):
    """Somebody else changed the record a moment before."""

    def __init__(self, sentence: str = "Someone changed this a moment ago. Look again.") -> None:
        super().__init__(sentence, code="changed_meanwhile")
