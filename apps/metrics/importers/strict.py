"""JSON as programs should send it: UTF-8, no NaN literals, no key twice, not too deep."""

import json
from typing import Any, NoReturn

from .records import Unusable


def read_json(body: bytes) -> Any:
    """The value; raises Unusable with what is wrong and where."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable(f"The answer is not UTF-8 (byte {error.start:,}).") from None
    if text.lstrip()[:1] == "<":
        raise Unusable("The answer is a web page, not JSON: is this the address of the API?")
    try:
        return json.loads(text, parse_constant=_constant, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        whole = "breaks off" if error.pos >= len(text.rstrip()) - 1 else "is not JSON"
        raise Unusable(f"The answer {whole} at character {error.pos:,}.") from None
    except RecursionError:
        raise Unusable("The answer is nested too deep.") from None
    except ValueError as error:  # an integer of thousands of digits
        raise Unusable(f"The answer holds an impossible number: {str(error)[:100]}.") from None


def _constant(name: str) -> NoReturn:
    raise Unusable(f"The answer holds {name}, which JSON does not have.")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unusable("The answer names a key twice in one object.")
    return found
