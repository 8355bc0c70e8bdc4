"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter


class ClosedDoor(DefaultAccountAdapter):
    """Nobody signs themselves up; an administrator sets people up."""

    def is_open_for_signup(self, request) -> bool:
        return False
