"""One run: quiet, then under faults, then at rest, then the audit."""

import os
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import chaos as chaos_module
from .load import Ledger, Load
from .post import Post
from .stage import Stage, staged

POST_PACE = 4.0  # mails a second that come in
PER_ORDER = 5  # two mails, two webhooks, one effect inside the database
REST = 240.0  # the longest the portal may do nothing once it is left alone


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    seed: int = 1
    faults: int = 200
    deliveries: int = 100_000
    mean: float = 2.5  # seconds between two faults
    quiet: int = 6_000  # deliveries in the quiet measurement
    clients: int = 6
    short: bool = False
    folder: Path | None = None


def run(plan: Plan, say=print) -> bool:
    """Run the plan; whether nothing was lost and nothing done twice."""
    folder = plan.folder or Path(tempfile.mkdtemp(prefix="afterlaunch-faults-"))
    say(f"seed {plan.seed}, {plan.faults} faults, {plan.deliveries} deliveries, in {folder}")
    try:
        with staged(folder) as stage:
            return _run(plan, stage, folder, say)
    finally:
        if plan.folder is None and not os.environ.get("KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


def _run(plan: Plan, stage: Stage, folder: Path, say) -> bool:
    _set_up_django()
    from . import audit, house

    house.prepare(stage)
    if plan.quiet:
        say(f"quiet: {house.measure_quiet(stage, plan.quiet):.0f} deliveries/s")
    ledger = Ledger(folder / "ledger.jsonl")
    letters = Ledger(folder / "post.jsonl")
    path = house.open_mailroom(stage.imap_port)
    post = Post(stage.port, path, stage.imap_port, letters, seed=plan.seed + 2, pace=POST_PACE)
    orders = plan.deliveries // PER_ORDER
    expected = plan.faults * (plan.mean + 2.2)
    pace = orders / max(10.0, expected) * 1.1
    load = Load(stage.port, ledger, wanted=orders, clients=plan.clients, pace=pace)
    chaos = chaos_module.Chaos(stage, load, plan.seed, short=plan.short)
    luck = random.Random(plan.seed + 1)
    before, began = house.sent(stage), time.monotonic()
    house.mark()
    load.start()
    post.start()
    stage.play(2)
    for number in range(1, plan.faults + 1):
        name = chaos.next()
        chaos_module.wait_between(luck, stage, plan.mean)
        if number % 10 == 0 or plan.faults <= 20:
            say(
                f"{time.monotonic() - began:5.0f} s  fault {number}: {name}; "
                f"{ledger.count} orders acknowledged, {load.failures.total()} requests failed"
            )
    load.during = ""
    while not load.done:
        stage.turn()
    post.stop()
    while not post.done:
        stage.turn()
    lasted = time.monotonic() - began
    pace = (house.sent(stage) - before) / lasted
    say(f"under faults: {pace:.0f} deliveries/s over {lasted:.0f} s")
    rested = house.come_to_rest(stage, REST)
    say(f"at rest {rested:.0f} s later" if rested is not None else "did not come to rest")
    return _tell(audit.audit(folder), chaos, load, stage, say) and rested is not None


def _tell(found, chaos, load: Load, stage: Stage, say) -> bool:
    for name, count in sorted(chaos.done.items()):
        say(f"  {count:4d} × {name}")
    if stage.imap_port is None:
        say("  not run: mail by a mailbox (needs dovecot-imapd, started by root)")
    if chaos.unready:
        say(f"  {chaos.unready} restarts were not ready in time: the old one went on serving")
    for name in chaos.unavailable:
        say(f"  not run: {name}")
    say(f"{sum(chaos.done.values())} faults, {chaos.kills} of them kills")
    say(
        f"{found.mails} mails, {found.hooks} webhooks ({found.repeated_posts} posts repeated), "
        f"{found.events} events, {found.slots} slots, {found.samples} samples"
    )
    say(f"{found.post} mails came, {found.repeated} once more by another way")
    p50, p99, longest = found.delays
    say(f"delay p50 {p50:.1f} s, p99 {p99:.1f} s, longest {longest:.1f} s")
    say(f"requests {load.requests}, failed {load.failures.total()}, slowest {load.slowest:.1f} s")
    for name, count in load.failures.most_common():
        say(f"  {count:4d} × {name}")
    for what, counts in (("lost", found.lost), ("twice", found.twice)):
        for name, count in counts.items():
            if count:
                say(f"  {what}: {count} × {name}")
    say(found.sentence)
    return found.sound


def _set_up_django() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.faults.settings"
    django.setup()


def main(plan: Plan) -> None:
    """Run and leave with 0 or 1."""
    sys.exit(0 if run(plan) else 1)
