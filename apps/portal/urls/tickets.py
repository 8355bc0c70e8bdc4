"""The desk."""

from django.urls import path

from apps.portal.views.tickets import (
    answering,
    bulk,
    creating,
    drafting,
    exporting,
    lists,
    load,
    prepared,
    relations,
    saved,
    ticket,
    verbs,
)

ticket_urls = [
    path("", ticket.ticket, name="ticket"),
    path("preview/", ticket.preview, name="ticket-preview"),
    path("files/<int:file>/", ticket.attachment, name="attachment"),
    path("answer/", answering.answer, name="ticket-answer"),
    path("messages/<int:message>/take-back/", answering.take_back, name="ticket-take-back"),
    path("news/", answering.news, name="ticket-news"),
    path("canned/", prepared.canned, name="ticket-canned"),
    path("canned/<int:reply>/insert/", prepared.insert, name="ticket-canned-insert"),
    path("macros/", prepared.macros, name="ticket-macros"),
    path("macros/<int:macro>/apply/", prepared.apply, name="ticket-macro-apply"),
    path("macros/<int:macro>/take-back/", prepared.take_back, name="ticket-macro-take-back"),
    path("earlier/", ticket.earlier, name="ticket-earlier"),
    path("presence/", drafting.sign, name="ticket-presence"),
    path("follow/", verbs.follow, name="ticket-follow"),
    path("unfollow/", verbs.unfollow, name="ticket-unfollow"),
    path("draft/<slug:mode>/", drafting.keep, name="ticket-draft"),
    path("draft/<slug:mode>/discard/", drafting.discard, name="ticket-draft-discard"),
    path("draft/<slug:mode>/restore/", drafting.restore, name="ticket-draft-restore"),
    path("draft/<slug:mode>/files/", drafting.add_files, name="ticket-draft-files"),
    path("draft/<slug:mode>/files/<int:file>/", drafting.picture, name="ticket-draft-picture"),
    path(
        "draft/<slug:mode>/files/<int:file>/remove/",
        drafting.remove_file,
        name="ticket-draft-file-remove",
    ),
    path("assign/", verbs.assign, name="ticket-assign"),
    path("why/", load.why, name="ticket-why"),
    path("take/", verbs.take, name="ticket-take"),
    path("move/", verbs.move, name="ticket-move"),
    path("resolve/", verbs.resolve, name="ticket-resolve"),
    path("reopen/", verbs.reopen, name="ticket-reopen"),
    path("close/", verbs.close, name="ticket-close"),
    path("undo/<int:activity>/", verbs.undo, name="ticket-undo"),
    path("merge/", relations.merge, name="ticket-merge"),
    path("unmerge/", relations.unmerge, name="ticket-unmerge"),
    path("messages/<int:message>/split/", relations.split, name="ticket-split"),
    path("unsplit/", relations.unsplit, name="ticket-unsplit"),
    path("link/", relations.link, name="ticket-link"),
    path("links/<int:link>/unlink/", relations.unlink, name="ticket-unlink"),
    path("mark-spam/", verbs.mark_spam, name="ticket-mark-spam"),
    path("duplicate/", verbs.duplicate, name="ticket-duplicate"),
    path("prioritise/", verbs.prioritise, name="ticket-prioritise"),
    path("tag/", verbs.tag, name="ticket-tag"),
    path("file/", verbs.file_under, name="ticket-file"),
    path("rename/", verbs.rename, name="ticket-rename"),
    path("snooze/", verbs.snooze, name="ticket-snooze"),
    path("wake/", verbs.wake, name="ticket-wake"),
    path("renew-link/", verbs.renew_link, name="ticket-renew-link"),
    path("need-no-reply/", verbs.need_no_reply, name="ticket-need-no-reply"),
]


def under(prefix: str, urls: list) -> list:
    """The same pages below a prefix, in this door's own namespace."""
    return [path(f"{prefix}{one.pattern}", one.callback, name=one.name) for one in urls]


view_urls = [
    path("", saved.edit, name="view"),
    path("keep/", saved.keep, name="view-keep"),
    path("duplicate/", saved.duplicate, name="view-duplicate"),
    path("share/", saved.share, name="view-share"),
    path("keep-private/", saved.keep_private, name="view-keep-private"),
    path("delete/", saved.delete, name="view-delete"),
    path("restore/", saved.restore, name="view-restore"),
    path("pin/", saved.pin, name="view-pin"),
    path("unpin/", saved.unpin, name="view-unpin"),
]

person_urls = [
    path("", load.person, name="load-person"),
    path("reassign/", load.reassign, name="load-reassign"),
    path("limit/", load.limit, name="load-limit"),
    path("learn/", load.learn, name="load-learn"),
    path("leave/", load.leave, name="load-leave"),
    path("back/", load.come_back, name="load-back"),
]

urlpatterns = [
    path("load/", load.load, name="load"),
    path("load/rules/", load.rules, name="load-rules"),
    path("load/away/", load.own_leave, name="own-leave"),
    *under("load/<int:pk>/", person_urls),
    path("inbox/", lists.inbox, name="inbox"),
    path("tickets/", lists.tickets, name="tickets"),
    path("tickets/new/", creating.new, name="ticket-new"),
    path("tickets/until/", verbs.read_until, name="until"),
    path("tickets/count/", lists.count, name="tickets-count"),
    path("tickets/terms/", lists.terms, name="terms"),
    path("tickets/columns/", saved.columns, name="columns"),
    path("tickets/views/", saved.views, name="views"),
    path("tickets/views/new/", saved.new, name="view-new"),
    *under("tickets/views/<int:pk>/", view_urls),
    path("tickets/bulk/", bulk.bulk, name="tickets-bulk"),
    path("tickets/words/", drafting.words, name="ticket-words"),
    path("tickets/people/", prepared.people, name="ticket-people"),
    path("tickets/export/", exporting.start, name="tickets-export"),
    path("tickets/exports/<int:pk>/", exporting.fetch, name="tickets-exported"),
    *under("tickets/<int:pk>/", ticket_urls),
]
