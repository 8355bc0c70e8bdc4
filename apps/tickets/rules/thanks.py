"""Whether a message only says thank you, so that no answer need be owed. Pure.

It suggests and never acts, so it would rather say nothing: a question, a "but", a number, or more
than a few words that belong to no thank-you, and the message is left alone. English, German and
French.
"""

import re
import unicodedata

MOST_WORDS = 40
MOST_UNKNOWN = 3  # names, mostly


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_THANKS = _words(
    "thanks thank thx cheers appreciated grateful danke dank dankeschon bedanke merci remercie"
)
# what says that it is not over
_TURNS = _words("""
    but however still except although though yet not no never again another also cannot cant
    dont doesnt didnt isnt wasnt wont unfortunately error fails failed broken please until before
    once when why how what where who which if should would could
    aber doch noch nicht kein keine leider wieder jedoch ausser fehler bitte wann warum wie was wo
    wer wenn ob sollte
    mais encore pas jamais malheureusement sauf erreur quand pourquoi comment quel quelle si
""")
# what stands around a thank-you
_AROUND = _words("""
    a all am and are at best better bye day dear everybody everyone everything excellent fast
    fine fixed for friendly from good got great guys happy have hello help helped helpful helping
    hey hi i im is issue it its just kind kindly let looks lot lovely made many me morning much my
    nice now of off ok okay on our out perfect perfectly prompt problem quick quickly regards
    resolved resolving reply response safe so solved solving sorted sorting support team that
    thats the there they this time to us very we week weekend well wonderful work worked working
    works yes you your youre
    alles beste besten das dem den der die du es euch euer fur ganze gelost gerne gruss grusse
    gruessen gut gute guten habe hallo hat hilfe ich ihnen ihre ihren ist jetzt klappt lg mehr
    mfg mit nun perfekt prima schnell schnelle schonen schones sehr sie super tag team und uns
    viel viele vielen von wir wochenende wunderbar zusammen
    aide au avec beaucoup bien bon bonjour bonne c ca cela cest cordialement de est et fonctionne
    grand infiniment j jai je journee la le les maintenant marche mille nous parfait parfaitement
    pour rapide regle reponse resolu super tout tous toute un une vous votre
""")


def only_thanks(text: str) -> bool:
    """Whether these words, as somebody wrote them, thank for what was done and ask for nothing."""
    if not text or len(text) > 600 or "?" in text or re.search(r"\d|https?:|[<>{}=]", text):
        return False
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    words = re.findall(r"[^\W\d_]+", re.sub(r"['’]", "", plain))
    if not 0 < len(words) <= MOST_WORDS or _THANKS.isdisjoint(words):
        return False
    if not _TURNS.isdisjoint(words):
        return False
    return sum(word not in _AROUND and word not in _THANKS for word in words) <= MOST_UNKNOWN
