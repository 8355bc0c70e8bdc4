"""Who may pass which door: every address of the portal × every role, and nobody.

An address without a line in DOORS fails; so does a line without an address.
"""

import pytest
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.rules import permissions_of

from .addresses import portal

ANYBODY = ""  # whoever is signed in

DOORS: dict[str, tuple[str, str]] = {  # name → method, permission
    "today": ("get", ANYBODY),
    "today-numbers": ("get", ANYBODY),
    "counts": ("get", ANYBODY),
    "search": ("get", ANYBODY),
    "palette": ("get", ANYBODY),
    # one's own settings
    "settings": ("get", ANYBODY),
    "settings-keys": ("get", ANYBODY),
    "sessions": ("get", ANYBODY),
    "session-end": ("post", ANYBODY),
    "sessions-end-others": ("post", ANYBODY),
    "tokens": ("get", ANYBODY),
    "token-revoke": ("post", ANYBODY),
    # the desk
    "inbox": ("get", "tickets.read"),
    "tickets": ("get", "tickets.read"),
    "ticket": ("get", "tickets.read"),
    "ticket-preview": ("get", "tickets.read"),
    "attachment": ("get", "tickets.read"),
    "ticket-mail": ("get", "mail.read"),
    "ticket-try-again": ("post", "tickets.reply"),
    "ticket-picture": ("get", "tickets.read"),
    "ticket-new": ("get", "tickets.create"),
    "tickets-count": ("get", "tickets.read"),
    "terms": ("get", "tickets.read"),
    "columns": ("post", "tickets.read"),
    "views": ("get", "tickets.read"),
    "view-new": ("get", "tickets.read"),
    "view": ("get", "tickets.read"),
    "view-keep": ("post", "tickets.read"),
    "view-duplicate": ("post", "tickets.read"),
    "view-share": ("post", "tickets.read"),
    "view-keep-private": ("post", "tickets.read"),
    "view-delete": ("post", "tickets.read"),
    "view-restore": ("post", "tickets.read"),
    "view-pin": ("post", "tickets.read"),
    "view-unpin": ("post", "tickets.read"),
    "load": ("get", "tickets.balance"),
    "load-rules": ("get", "tickets.balance"),
    "load-person": ("get", "tickets.balance"),
    "load-reassign": ("post", "tickets.balance"),
    "load-limit": ("post", "tickets.balance"),
    "load-learn": ("post", "tickets.balance"),
    "load-leave": ("post", "tickets.balance"),
    "load-back": ("post", "tickets.balance"),
    "load-undo": ("post", "tickets.reply"),
    "own-leave": ("post", "tickets.reply"),
    "ticket-why": ("get", "tickets.read"),
    "ticket-new-fields": ("get", "tickets.create"),
    "ticket-same": ("get", "tickets.create"),
    "ticket-customers": ("get", "customers.read"),
    "ticket-call": ("get", "tickets.reply"),
    "ticket-tags": ("get", "tickets.create"),
    "ticket-fill": ("post", "tickets.change"),
    "ticket-checklist": ("post", "tickets.change"),
    "ticket-item-add": ("post", "tickets.note"),
    "ticket-item-tick": ("post", "tickets.note"),
    "ticket-item-untick": ("post", "tickets.note"),
    "ticket-item-remove": ("post", "tickets.change"),
    "ticket-item-restore": ("post", "tickets.change"),
    "until": ("get", "tickets.change"),
    "tickets-bulk": ("post", "tickets.bulk"),
    "bulk-merge": ("get", "tickets.merge"),
    "bulk-changes": ("get", "tickets.bulk"),
    "bulk-change": ("get", "tickets.bulk"),
    "bulk-undo": ("post", "tickets.bulk"),
    "ticket-answer": ("post", "tickets.note"),
    "ticket-take-back": ("post", "tickets.reply"),
    "ticket-ask": ("get", "tickets.reply"),
    "ticket-side": ("get", "tickets.reply"),
    "ticket-ask-draft": ("post", "tickets.reply"),
    "ticket-ask-discard": ("post", "tickets.reply"),
    "ticket-ask-restore": ("post", "tickets.reply"),
    "ticket-side-draft": ("post", "tickets.reply"),
    "ticket-side-discard": ("post", "tickets.reply"),
    "ticket-side-restore": ("post", "tickets.reply"),
    "ticket-side-expect": ("post", "tickets.reply"),
    "ticket-side-expect-undo": ("post", "tickets.reply"),
    "ticket-canned": ("get", "tickets.reply"),
    "ticket-canned-insert": ("post", "tickets.reply"),
    "ticket-macros": ("get", "tickets.note"),
    "ticket-macro-apply": ("post", "tickets.note"),
    "ticket-macro-take-back": ("post", "tickets.note"),
    "ticket-words": ("post", "tickets.note"),
    "ticket-people": ("get", "tickets.note"),
    "canned-replies": ("get", "tickets.reply"),
    "canned-reply-new": ("get", "tickets.reply"),
    "canned-reply": ("get", "tickets.reply"),
    "canned-reply-retire": ("post", "tickets.reply"),
    "canned-reply-revive": ("post", "tickets.reply"),
    "canned-reply-file-remove": ("post", "tickets.reply"),
    "macros": ("get", "tickets.reply"),
    "macro-new": ("get", "tickets.reply"),
    "macro": ("get", "tickets.reply"),
    "macro-retire": ("post", "tickets.reply"),
    "macro-revive": ("post", "tickets.reply"),
    "ticket-news": ("get", "tickets.read"),
    "ticket-earlier": ("get", "tickets.read"),
    "ticket-presence": ("post", "tickets.read"),
    "ticket-follow": ("post", "tickets.read"),
    "ticket-unfollow": ("post", "tickets.read"),
    "ticket-draft": ("post", "tickets.note"),
    "ticket-draft-discard": ("post", "tickets.note"),
    "ticket-draft-restore": ("post", "tickets.note"),
    "ticket-draft-files": ("post", "tickets.note"),
    "ticket-draft-picture": ("get", "tickets.note"),
    "ticket-draft-file-remove": ("post", "tickets.note"),
    "ticket-answer-use": ("post", "tickets.reply"),
    "ticket-answer-waive": ("post", "tickets.reply"),
    "ticket-answer-owe-anew": ("post", "tickets.reply"),
    "ticket-follow-up": ("post", "tickets.reply"),
    "ticket-assign": ("post", "tickets.assign"),
    "ticket-take": ("post", "tickets.assign"),
    "ticket-move": ("post", "tickets.change"),
    "ticket-resolve": ("post", "tickets.change"),
    "ticket-reopen": ("post", "tickets.change"),
    "ticket-close": ("post", "tickets.change"),
    "ticket-undo": ("post", "tickets.change"),
    "ticket-merge": ("get", "tickets.merge"),
    "ticket-unmerge": ("post", "tickets.merge"),
    "ticket-split": ("get", "tickets.merge"),
    "ticket-unsplit": ("post", "tickets.merge"),
    "ticket-link": ("get", "features.link"),
    "ticket-asks": ("post", "features.link"),
    "ticket-asks-new": ("post", "features.link"),
    "ticket-unlink": ("post", "tickets.change"),
    "ticket-mark-spam": ("post", "tickets.change"),
    "ticket-duplicate": ("post", "tickets.change"),
    "ticket-prioritise": ("post", "tickets.change"),
    "ticket-tag": ("post", "tickets.change"),
    "ticket-file": ("post", "tickets.change"),
    "ticket-change": ("get", "tickets.change"),
    "ticket-rename": ("post", "tickets.change"),
    "ticket-belong": ("post", "tickets.change"),
    "ticket-snooze": ("post", "tickets.change"),
    "ticket-wake": ("post", "tickets.change"),
    "ticket-renew-link": ("post", "tickets.change"),
    "ticket-need-no-reply": ("post", "tickets.change"),
    "mails": ("get", "tickets.read"),
    "mail-sheet": ("get", "tickets.read"),
    "mail-as-sent": ("get", "tickets.read"),
    "mail-send": ("post", "tickets.read"),
    # mail that arrived
    "mailroom": ("get", "mail.read"),
    "mailroom-all": ("post", "mail.file"),
    "mailroom-mail": ("get", "mail.read"),
    "mailroom-raw": ("get", "mail.read"),
    "mailroom-release": ("post", "mail.file"),
    "mailroom-discard": ("post", "mail.file"),
    "mailroom-retry": ("post", "mail.file"),
    "mailroom-sender": ("post", "mail.file"),
    "mailroom-senders": ("get", "mail.read"),
    "mailroom-sender-drop": ("post", "mail.file"),
    "mailroom-let-go": ("post", "mail.file"),
    # whom we answer to
    "customers": ("get", "customers.read"),
    "customer": ("get", "customers.read"),
    "customer-change": ("get", "customers.change"),
    "contact-change": ("get", "customers.change"),
    "contact-take-language": ("post", "customers.change"),
    "contact-try-again": ("post", "tickets.reply"),
    "contact-merge": ("get", "customers.change"),
    "contact-unmerge": ("post", "customers.change"),
    "customer-note": ("post", "customers.change"),
    "customer-note-pin": ("post", "customers.change"),
    "customer-note-unpin": ("post", "customers.change"),
    "customer-note-delete": ("post", "customers.change"),
    "customer-note-restore": ("post", "customers.change"),
    "tickets-export": ("post", "tickets.export"),
    "tickets-exported": ("get", "tickets.export"),
    "contacts": ("get", "customers.read"),
    # what they ask us to build
    "requests": ("get", "features.read"),
    "request": ("get", "features.read"),
    "request-new": ("get", "features.link"),
    "request-edit": ("get", "features.change"),
    "request-plan": ("post", "features.decide"),
    "request-begin": ("post", "features.decide"),
    "request-ship": ("get", "features.decide"),
    "request-decline": ("get", "features.decide"),
    "request-park": ("get", "features.decide"),
    "request-reopen": ("post", "features.decide"),
    "request-undo": ("post", "features.decide"),
    "request-tell": ("post", "features.decide"),
    "request-merge": ("get", "features.change"),
    "request-unmerge": ("post", "features.change"),
    "insight-change": ("post", "features.link"),
    "insight-remove": ("post", "features.link"),
    "insight-restore": ("post", "features.link"),
    # reports
    "support-report": ("get", "figures.read"),
    "support-now": ("get", "figures.read"),
    "support-table": ("get", "figures.read"),
    "support-keep": ("post", "figures.snapshot"),
    "support-subscribe": ("post", "figures.read"),
    "support-unsubscribe": ("post", "figures.read"),
    "support-kept": ("get", "figures.read"),
    "support-kept-table": ("get", "figures.read"),
    # what we know of people
    "privacy": ("get", "customers.take_out"),
    "privacy-take-out": ("post", "customers.take_out"),
    "privacy-fetch": ("get", "customers.take_out"),
    "privacy-erase": ("post", "customers.erase"),
    "privacy-hold": ("post", "customers.erase"),
    "privacy-approve": ("post", "customers.erase"),
    "privacy-refuse": ("post", "customers.erase"),
    "privacy-lift": ("post", "customers.erase"),
    # what leaves, what arrived, long work
    "deliveries": ("get", "outbox.read"),
    "delivery": ("get", "outbox.read"),
    "delivery-retry": ("post", "outbox.retry"),
    "delivery-retry-alike": ("post", "outbox.retry"),
    "delivery-release": ("post", "outbox.retry"),
    "delivery-cancel": ("post", "outbox.retry"),
    "host-release": ("post", "outbox.retry"),
    "inbound": ("get", "outbox.read"),
    "inbound-event": ("get", "outbox.read"),
    "inbound-replay": ("post", "outbox.retry"),
    "jobs": ("get", ANYBODY),
    "job": ("get", ANYBODY),
    "job-cancel": ("post", ANYBODY),
    "job-go-on": ("post", ANYBODY),
    "notifications": ("get", ANYBODY),
    "notifications-read": ("post", ANYBODY),
    # actions and decisions
    "actions": ("get", "actions.read"),
    "action-new": ("get", "actions.change"),
    "action": ("get", "actions.read"),
    "action-finish": ("post", "actions.change"),
    "action-reopen": ("post", "actions.change"),
    "action-carry": ("post", "actions.change"),
    "action-drop": ("post", "actions.change"),
    "action-hand-to": ("post", "actions.change"),
    "decisions": ("get", "actions.read"),
    "decision-ask": ("get", "actions.change"),
    "decision": ("get", "actions.read"),
    "decision-reopen": ("post", "actions.change"),
    # incidents
    "incidents": ("get", "incidents.read"),
    "incident": ("get", "incidents.read"),
    "incident-reached": ("get", "incidents.read"),
    "incident-declare": ("get", "incidents.declare"),
    "incident-edit": ("get", "incidents.command"),
    "incident-acknowledge": ("post", "incidents.command"),
    "incident-mitigate": ("post", "incidents.command"),
    "incident-resolve": ("post", "incidents.command"),
    "incident-reopen": ("post", "incidents.command"),
    "incident-review": ("post", "incidents.command"),
    "incident-undo": ("post", "incidents.command"),
    "incident-merge": ("get", "incidents.command"),
    "incident-unmerge": ("post", "incidents.command"),
    "incident-update": ("post", "incidents.command"),
    "incident-take-back": ("post", "incidents.command"),
    "incident-link": ("post", "incidents.link"),
    "incident-unlink": ("post", "incidents.link"),
    "incident-undo-link": ("post", "incidents.link"),
    "ticket-incident": ("post", "incidents.link"),
    "bulk-incident": ("get", "incidents.link"),
    # figures
    "figures": ("get", "figures.read"),
    "figure": ("get", "figures.read"),
    "snapshots": ("get", "figures.read"),
    "snapshot": ("get", "figures.read"),
    "snapshot-take": ("post", "figures.snapshot"),
    # promises
    "sla": ("get", "sla.read"),
    "sla-report-csv": ("get", "tickets.export"),
    "sla-clocks": ("get", "sla.read"),
    "sla-clocks-csv": ("get", "tickets.export"),
    "sla-policies": ("get", "sla.read"),
    "sla-policy-new": ("get", "sla.propose"),
    "sla-policy": ("get", "sla.read"),
    "sla-policy-edit": ("get", "sla.propose"),
    "sla-policy-try": ("post", "sla.propose"),
    "sla-policy-discard": ("post", "sla.propose"),
    "sla-policy-publish": ("post", "sla.publish"),
    "sla-policy-reapply": ("post", "sla.publish"),
    "sla-policy-retire": ("post", "sla.publish"),
    "sla-calendars": ("get", "sla.read"),
    "sla-calendar-new": ("get", "sla.propose"),
    "sla-calendar": ("get", "sla.read"),
    "sla-calendar-edit": ("get", "sla.propose"),
    "sla-calendar-set-day": ("post", "sla.propose"),
    "sla-calendar-drop-day": ("post", "sla.propose"),
    "sla-calendar-adopt": ("post", "sla.propose"),
    "sla-calendar-feed": ("post", "sla.propose"),
    "sla-calendar-try": ("post", "sla.propose"),
    "sla-calendar-discard": ("post", "sla.propose"),
    "sla-calendar-publish": ("post", "sla.publish"),
    "sla-dry-run": ("get", "sla.read"),
    "sla-waive": ("post", "sla.waive"),
    "sla-set-due": ("post", "sla.set_due"),
    "sla-ask": ("get", "tickets.change"),
    # measured numbers and where they come from
    "metrics": ("get", "metrics.read"),
    "metric": ("get", "metrics.read"),
    "threshold-keep": ("post", "metrics.import"),
    "marker-note": ("post", "metrics.import"),
    "data-health": ("get", "metrics.read"),
    "samples-upload": ("get", "metrics.import"),
    "samples-take": ("post", "metrics.import"),
    "run": ("get", "metrics.read"),
    "run-undo": ("post", "metrics.import"),
    "source": ("get", "metrics.read"),
    "source-fetch": ("post", "metrics.import"),
    "source-backfill": ("post", "metrics.import"),
}


def test_every_door_has_a_line_and_every_line_a_door():
    assert {address.name for address in portal()} == set(DOORS)


@pytest.mark.parametrize("role", Role.values)
def test_a_role_passes_where_it_may(role, everybody, signed_in, ticket):
    browser, permissions = signed_in(everybody[role]), permissions_of(frozenset({role}))
    wrong = []
    for address in portal():
        method, permission = DOORS[address.name]
        answer = getattr(browser, method)(address.url(pk=ticket.pk))
        allowed = not permission or permission in permissions
        expected = {200, 302, 404, 409, 422} if allowed else {403}
        if answer.status_code not in expected:
            wrong.append((address.name, answer.status_code, "allowed" if allowed else "forbidden"))
    assert not wrong


def test_nobody_is_sent_to_the_sign_in(client, ticket):
    for address in portal():
        method, _ = DOORS[address.name]
        answer = getattr(client, method)(address.url(pk=ticket.pk))
        assert answer.status_code == 302, address.name
        assert answer["Location"].startswith(reverse("account_login")), address.name


def test_a_verb_is_not_done_by_looking(as_admin, ticket):
    for address in portal():
        if DOORS[address.name][0] == "post":
            assert as_admin.get(address.url(pk=ticket.pk)).status_code == 405, address.name


def test_a_forbidden_page_says_so_in_words(as_cora, ticket):
    answer = as_cora.get(reverse("portal:ticket-new"))
    assert answer.status_code == 403
    assert "not for you" in answer.content.decode()


@pytest.mark.parametrize("address", ["/tickets/999999/", "/customers/999999/", "/nothing/"])
def test_what_is_not_there_is_404_in_words(as_ada, address):
    answer = as_ada.get(address)
    assert answer.status_code == 404
    assert "no such page" in answer.content.decode()
