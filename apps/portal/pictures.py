"""A picture somebody sent, shown in place: a picture by its content, and nothing in it may run."""

from django.http import FileResponse, Http404

from apps.tickets.files import path_of
from apps.tickets.rules.kinds import PICTURES

CAGE = "default-src 'none'; sandbox"


def shown(digest: str, content_type: str) -> FileResponse:
    """Its bytes for an `img`; 404 for whatever is no picture."""
    path = path_of(digest)
    if content_type not in PICTURES or not path.exists():
        raise Http404("There is no such picture.")
    answer = FileResponse(path.open("rb"), content_type=content_type)
    answer["Content-Security-Policy"] = CAGE
    return answer
