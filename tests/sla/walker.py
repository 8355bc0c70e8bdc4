"""Clocks found by living through a scenario a quarter of an hour at a time, written apart.

Reads the scenario's own JSON. Slow and literal: it asks at every tick what the texts ask.
"""

from datetime import datetime

from tests.calendars.walker import TICK, Walker

DISCARDED = ("merged", "duplicate", "spam")
OVER = ("resolved", "closed", *DISCARDED)
WAITING = ("waiting_customer", "waiting_third_party")
KINDS = ("first_response", "next_response", "resolution")
DEFAULT_PAUSES = {"resolution": ["waiting_customer"]}


def seconds(text):
    return int(datetime.fromisoformat(text).timestamp())


def rank(event):
    kind, to = event["type"], event.get("to")
    if kind in ("policy", "priority", "calendar"):
        return 0
    if kind == "customer_message" or (kind == "status" and to in ("new", "open")):
        return 1
    if kind == "status" and to in WAITING:
        return 2
    if kind in ("merge", "spam") or to in DISCARDED:
        return 5
    return 4 if kind == "status" else 3


class Life:
    """What held at every tick from the report to the end of what is looked at."""

    def __init__(self, scenario, ahead):
        self.scenario = scenario
        ticket = scenario["ticket"]
        self.began, self.now = seconds(ticket["reported_at"]), seconds(scenario["now"])
        self.end = self.now + ahead
        self.ticket = ticket
        self.walkers = {}
        self.status, self.policy, self.priority, self.calendar = {}, {}, {}, {}
        self.agent_messages, self.turns, self.overs = [], [], []
        self.live()

    def standing(self):
        events = self.scenario["events"]
        undone = {seconds(event["of"]) for event in events if event["type"] == "undo"}
        events = [
            event
            for event in events
            if event["type"] != "undo" and seconds(event["at"]) not in undone
        ]
        bounced = {seconds(event["of"]) for event in events if event["type"] == "bounce"}
        return [
            {**event, "type": "note"}
            if event["type"] == "agent_message" and seconds(event["at"]) in bounced
            else event
            for event in events
        ]

    def live(self):
        status, priority = self.ticket.get("status", "new"), self.ticket.get("priority", "normal")
        policy, calendar = self.scenario["policy"], self.scenario["calendar"]
        origin = self.ticket.get("origin", "customer")
        settled = origin == "agent"
        if origin == "logged" and self.ticket.get("answered_in_contact"):
            settled = True
            self.agent_messages.append(self.began)
        turn = None
        if status in OVER:
            self.overs.append([self.began, None, status])
        events = self.standing()
        for at in range(self.began, self.now + TICK, TICK):
            here = sorted((e for e in events if seconds(e["at"]) == at), key=rank)
            heard = any(event["type"] == "customer_message" for event in here)
            for event in here:
                kind, became = event["type"], status
                if kind == "policy":
                    policy = event["to"]
                elif kind == "priority":
                    priority = event["to"]
                elif kind == "calendar":
                    calendar = event["to"]
                elif kind == "status":
                    if not (heard and event["to"] in WAITING):
                        became = event["to"]
                elif kind == "merge":
                    became = "merged"
                elif kind == "spam":
                    became = "spam"
                elif kind == "customer_message":
                    if status in (*WAITING, "resolved"):
                        became = "open"
                    if settled and turn is None and became not in OVER:
                        turn = [at, None, None]
                        self.turns.append(turn)
                elif kind in ("agent_message", "no_reply_needed", "note"):
                    if status == "new":
                        became = "open"
                    if kind == "agent_message":
                        settled = True
                        self.agent_messages.append(at)
                    if kind != "note" and turn is not None:
                        turn[1] = at
                        turn = None
                if became in OVER and status not in OVER:
                    self.overs.append([at, None, became])
                    if turn is not None:
                        turn[1:] = [at, became if became in DISCARDED else None]
                        turn = None
                if became not in OVER and status in OVER:
                    self.overs[-1][1] = at
                status = became
            self.status[at], self.priority[at] = status, priority
            self.policy[at], self.calendar[at] = policy, calendar

    def open_at(self, at, calendar):
        key = id(calendar)
        if key not in self.walkers:
            self.walkers[key] = Walker(calendar, self.began, self.end)
        return self.walkers[key].why(at)

    def target(self, kind, at):
        policy = self.policy[at]
        mine = policy.get("by_priority", {}).get(self.priority[at], {})
        return mine.get(kind, policy["targets"].get(kind))

    def hours(self, kind, at):
        """What the target in force counts by; what has no target is counted by the calendar."""
        policy, priority = self.policy[at], self.priority[at]
        around = policy.get("around_the_clock", {})
        if kind in policy.get("by_priority", {}).get(priority, {}):
            always = kind in around.get("by_priority", {}).get(priority, [])
        else:
            always = kind in policy["targets"] and kind in around.get("targets", [])
        return None if always else self.calendar[at]

    def paused(self, kind, at):
        pauses = self.policy[at].get("pauses", {})
        return self.status[at] in pauses.get(kind, DEFAULT_PAUSES.get(kind, []))

    def why(self, kind, at):
        if kind == "resolution" and self.status[at] in OVER:
            return "resolved"
        why = self.open_at(at, self.hours(kind, at))
        if why != "open":
            return why
        return "paused" if self.paused(kind, at) else "counted"

    def clocks(self):
        found = []
        if self.ticket.get("origin", "customer") != "agent":
            stop, reason = min(self.agent_messages, default=None), None
            for begun, reopened, status in self.overs:
                if reopened is None and (stop is None or stop > begun):
                    stop = begun
                    reason = status if status in DISCARDED else "resolved_without_reply"
            found.append(self.clock("first_response", 1, self.began, self.began, stop, reason))
        for cycle, (begun, stop, reason) in enumerate(self.turns, 1):
            found.append(self.clock("next_response", cycle, begun, begun, stop, reason))
        cycle, resumed = 1, self.began
        for begun, reopened, status in self.overs:
            reason = status if status in DISCARDED else None
            found.append(self.clock("resolution", cycle, self.began, resumed, begun, reason))
            cycle, resumed = cycle + 1, reopened
        if resumed is not None:
            found.append(self.clock("resolution", cycle, self.began, resumed, None, None))
        return [clock for clock in found if clock is not None]

    def clock(self, kind, cycle, start, resumed, stop, reason):
        end = self.now if stop is None else stop
        promised = [at for at in range(resumed, end + 1, TICK) if self.target(kind, at) is not None]
        if not promised:
            return None
        if promised[-1] != end:
            stop = end = promised[-1] + TICK
            reason = "policy"
        target = self.target(kind, promised[-1])

        segments, elapsed_at, paused = [], {}, 0
        elapsed = 0
        for at in range(start, end, TICK):
            elapsed_at[at] = elapsed
            why = self.why(kind, at)
            if segments and segments[-1][2] == why:
                segments[-1][1] = at + TICK
            else:
                segments.append([at, at + TICK, why])
            elapsed += TICK if why == "counted" else 0
            paused += TICK if why == "paused" else 0
        elapsed_at[end] = elapsed

        breached_at = None
        for at in range(start, end + 1, TICK):
            if at > start:
                before = self.target(kind, at - TICK)
                if before is not None and elapsed_at[at] > before:
                    breached_at = min(t for t, passed in elapsed_at.items() if passed >= before)
                    break
            here = self.target(kind, at)
            if here is not None and elapsed_at[at] > here:
                breached_at = at
                break

        stands = stop is None and self.paused(kind, end)
        last = promised[-1]
        ahead, passed = dict(elapsed_at), elapsed
        if not stands:
            for at in range(end, self.end, TICK):
                ahead[at] = passed
                if self.open_at(at, self.hours(kind, last)) == "open":
                    passed += TICK
        due = min((at for at, seen in ahead.items() if seen >= target), default=None)
        over = [at for at, seen in ahead.items() if seen > target]
        breach = min(over) - TICK if over else None
        if breached_at is not None:
            state = "breached_open" if stop is None else "breached_closed"
            reason = None
        elif reason:
            state = "cancelled"
        elif stop is not None:
            state = "met"
        else:
            state = "paused" if stands else "running"
        return {
            "kind": kind,
            "cycle": cycle,
            "state": state,
            "reason": reason,
            "started_at": start,
            "due_at": due,
            "breach_at": breach,
            "stopped_at": stop,
            "breached_at": breached_at,
            "target": target,
            "elapsed": elapsed,
            "remaining": target - elapsed,
            "paused": paused,
            "segments": [tuple(segment) for segment in segments],
        }
