"""The relay: nudges while rows are due, drains itself when the broker is away or nothing moves."""

import threading
import time

import pytest
from django.conf import settings as django_settings
from django.core import mail as outgoing
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils.module_loading import import_string

from apps.outbox import relay as relay_module
from apps.outbox import turning
from apps.outbox.drains import all_drains
from apps.outbox.models import Delivery, Heartbeat
from apps.outbox.relay import Broker, Relay


class Table(dict):
    """A broker that counts, or is away."""

    away = False

    def queued(self, queue):
        if self.away:
            raise ConnectionRefusedError("no broker")
        return self.get(queue, 0)

    def nudge(self, drain, times):
        self[drain.name] = self.get(drain.name, 0) + times

    def close(self):
        self.closed = True


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """A broker that was here is not away because the machine is busy."""
    monkeypatch.setattr(relay_module, "AWAY_AFTER", 600.0)


def only_mail(settings):
    settings.DRAINS = {"outbox.mail": django_settings.DRAINS["outbox.mail"]}


@pytest.mark.django_db
def test_due_rows_become_nudges_and_no_more_than_two_a_worker(mail, settings):
    only_mail(settings)
    broker = Table()
    relay = Relay(broker, concurrency=1)
    relay.turn()
    assert broker == {}
    for _ in range(9):
        mail()
    relay.turn()
    relay.turn()
    assert broker == {"outbox.mail": 2}
    assert Heartbeat.objects.get(name="relay").detail == {"broker": "here"}


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_it_drains_itself(mail, settings, monkeypatch):
    only_mail(settings)
    broker = Table()
    broker.away = True
    relay = Relay(broker, concurrency=1)
    delivery = mail()
    relay.turn()
    assert not outgoing.outbox, "a moment of absence is nothing"
    monkeypatch.setattr(relay, "_broker_seen", time.monotonic() - 601)
    relay.turn()
    relay.finish()
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert broker.closed


@pytest.mark.django_db(transaction=True)
def test_when_nothing_moves_it_drains_itself(mail, settings):
    only_mail(settings)
    broker = Table({"outbox.mail": 99})
    relay = Relay(broker, concurrency=1)
    mail()
    relay.turn()
    relay._due_since["outbox.mail"] -= 11
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM outbox_heartbeat")
    relay.turn()
    relay.finish()
    assert len(outgoing.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_as_long_as_a_worker_gives_signs_of_life_it_only_nudges(mail, settings):
    only_mail(settings)
    relay = Relay(Table(), concurrency=1)
    mail()
    relay.turn()
    relay._due_since["outbox.mail"] -= 11
    Heartbeat.objects.beat("drain:outbox.mail")
    relay.turn()
    relay.finish()
    assert not outgoing.outbox


def test_a_drain_that_fails_in_the_relay_harms_nobody(monkeypatch):
    class Broken:
        name = "broken"

        def __init__(self, error):
            self.error = error

        def run(self):
            raise self.error

    monkeypatch.setattr(relay_module.connection, "close", lambda: None)
    Relay._run(Broken(ZeroDivisionError()))
    Relay._run(Broken(OperationalError()))


@pytest.fixture
def own_queue():
    """The run's broker, and a queue nobody reads."""
    from kombu import Connection

    queue = f"test.{time.monotonic_ns()}"
    yield queue
    with Connection(django_settings.CELERY_BROKER_URL) as line:
        line.default_channel.client.delete(queue)


def test_a_nudge_carries_nothing(own_queue):
    drain = next(all_drains())
    drain = type(drain)(own_queue, drain.due_path, drain.task)
    broker = Broker()
    assert broker.queued(own_queue) == 0
    broker.nudge(drain, 3)
    assert broker.queued(own_queue) == 3
    raw = broker._line().default_channel.client.lrange(own_queue, 0, 0)[0]
    import base64
    import json

    message = json.loads(raw)
    assert json.loads(base64.b64decode(message["body"]))[:2] == [[], {}]
    assert message["headers"]["eta"] is None
    assert message["headers"]["expires"] is None
    broker.close()


def test_a_process_takes_turns_until_it_is_told_to_stop(monkeypatch):
    import os
    import signal

    turns = []
    monkeypatch.setattr(turning.connection, "close", lambda: None)

    def turn():
        turns.append(1)
        if len(turns) == 1:
            raise OperationalError("gone")
        os.kill(os.getpid(), signal.SIGTERM)

    turning.keep_turning(turn, every=0.01)
    assert len(turns) == 2


@pytest.mark.parametrize("name", ["beat", "relay"])
def test_the_processes_are_commands(name, monkeypatch):
    turns = []
    place = f"apps.outbox.management.commands.{name}"
    monkeypatch.setattr(
        f"{place}.keep_turning", lambda turn, every: turns.append((turn.__name__, every))
    )
    call_command(name)
    assert turns[0][0] == "turn"


# --- every task may run twice, and at once -----------------------------------------------------


def registered() -> set[str]:
    app = import_string(django_settings.CELERY_APP)
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_task_is_a_drain_and_takes_nothing():
    tasks = {drain.task for drain in all_drains()}
    assert registered() == tasks
    for path in tasks:
        assert import_string(path).run.__code__.co_argcount == 0


@pytest.fixture
def much_to_do(transactional_db, mail, settings):
    """Work for every drain of this app."""
    from apps.outbox.models import InboundEvent, Job
    from tests import make

    make.person("Ada Lovelace", "support", email="ada@demo.test")
    settings.INBOUND = {"test": "tests.outbox.steps.read"}
    settings.JOBS = {"count": "tests.outbox.steps.count"}
    for number in range(6):
        mail()
        InboundEvent.objects.store("test", str(number), b"{}", {})
    Job.start("count", title="c", params={}, by=None, at=make.NOW, total=500)


def what_there_is() -> dict[str, int]:
    """How many rows every table has, but for signs of life."""
    from django.apps import apps

    return {
        model._meta.db_table: model.objects.count()
        for model in apps.get_models()
        if model._meta.app_config.name.startswith("apps.") and model is not Heartbeat
    }


@pytest.mark.parametrize("task", sorted(path for _, path in django_settings.DRAINS.values()))
def test_every_task_run_twice_and_at_once_does_it_once(task, much_to_do):
    run = import_string(task)

    def alone():
        try:
            run()
        finally:
            connection.close()

    threads = [threading.Thread(target=alone) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after, mails = what_there_is(), len(outgoing.outbox)
    run()
    run()
    assert (what_there_is(), len(outgoing.outbox)) == (after, mails)
    assert mails == Delivery.objects.filter(channel="mail", state="sent").count()
    assert after["outbox_notification"] in {0, 6}
    assert after["outbox_deliveryattempt"] == mails
