"""What is searched: one document a ticket, and a dictionary of the words in them."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func

from ..querysets import SearchDocQuerySet, SearchWordQuerySet
from ..querysets.search import BLOCK

# What a GIN index can hold: the search walks back from the newest tickets block by block.
BLOCK_OF = Func(F("ticket").bitrightshift(BLOCK), template="ARRAY[%(expressions)s]")


class SearchDoc(models.Model):
    """The words of a ticket: its subject (A), its people (B), its messages (D)."""

    ticket = models.OneToOneField(
        "tickets.Ticket", models.CASCADE, primary_key=True, related_name="search_doc"
    )
    vector = SearchVectorField()
    stale = models.BooleanField(default=False)  # words to be gathered anew from the messages
    counted = models.BooleanField(default=False)  # its words are in the dictionary

    objects = SearchDocQuerySet.as_manager()

    class Meta:
        indexes = [
            GinIndex("vector", BLOCK_OF, name="search_doc_words_placed"),
            models.Index("ticket", condition=models.Q(stale=True), name="search_doc_stale"),
            models.Index("ticket", condition=models.Q(counted=False), name="search_doc_uncounted"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id}"


class SearchWord(models.Model):
    """A word and about how many tickets hold it; it corrects typing and steers the search."""

    word = models.CharField(max_length=64, primary_key=True)
    tickets = models.BigIntegerField(default=0)

    objects = SearchWordQuerySet.as_manager()

    class Meta:
        indexes = [GinIndex(OpClass("word", "gin_trgm_ops"), name="search_word_like")]

    def __str__(self) -> str:
        return self.word
