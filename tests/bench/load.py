"""A desk of any size, the same every time: set-based SQL, no verb; clocks by their rebuild.

`plan` holds one row a ticket: its course, its people, its pace. Everything else follows from it
and from `steps`, the courses a ticket may take. What people say is picked from ready bodies, so
that a word's share of the tickets is known: "zanzibar" in some forty, "export" in a tenth, a
sentence in Japanese in some two hundred.
"""

import random
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection

from apps.accounts.models import User
from apps.tickets.models import Queue

CONNECTIONS = 2
BODIES = 8_000
SPAN = timedelta(days=540)
RARE_TICKETS = 40
JAPANESE_TICKETS = 200
TABLES = ("tickets_ticket", "tickets_message", "timeline_activity", "tickets_searchdoc")
AGENTS = 20

# course: steps as (verb, direction of its message, status before, status after)
COURSES: dict[str, tuple[tuple[str, str | None, str | None, str | None], ...]] = {
    "new": (("reported", "in", None, "new"),),
    "open": (
        ("reported", "in", None, "new"),
        ("replied", "out", "new", "waiting_customer"),
        ("heard", "in", "waiting_customer", "open"),
    ),
    "waiting_customer": (
        ("reported", "in", None, "new"),
        ("noted", "note", None, None),
        ("replied", "out", "new", "waiting_customer"),
    ),
    "closed": (
        ("reported", "in", None, "new"),
        ("replied", "out", "new", "waiting_customer"),
        ("heard", "in", "waiting_customer", "open"),
        ("replied", "out", "open", "waiting_customer"),
        ("closed", None, "waiting_customer", "closed"),
    ),
    "resolved": (
        ("reported", "in", None, "new"),
        ("replied", "out", "new", "waiting_customer"),
        ("heard", "in", "waiting_customer", "open"),
        ("noted", "note", None, None),
        ("replied", "out", "open", "waiting_customer"),
        ("resolved", None, "waiting_customer", "resolved"),
    ),
}
_MOST_STEPS = max(map(len, COURSES.values()))
_REAL = """
    account admin after again agree allow already amount answer app apply attach audit backup bank
    batch before billing blank browser button cache calendar cancel card change charge chart check
    choose click close code column company connect contact copy cost create credit currency
    customer dashboard data date day delay delete deliver desktop detail device disable discount
    document domain download draft duplicate edit email empty enable end error event every expect
    fail field file filter find first fix folder form format forward group help history home hour
    image import inbox invite invoice issue item job key label language last late layout license
    limit line link list load location lock login look lose mail manager map match member menu
    merge message minute missing mobile month morning move name need network new next night
    notification number offer office old open option order owner page password payment people
    permission phone picture plan point policy price print problem product profile project query
    queue question quick quota read receipt record refund region release remove reply report reset
    restore result return review role rule save schedule screen search second section select send
    server session setting share show sign size slow sort start status step stop store string sum
    support switch sync table team template test thank theme time title today token total track
    transfer trial try type update upgrade upload user value version video view wait warning
    website week work world write wrong year yesterday zone
"""

_DICE = """
CREATE FUNCTION bench.dice(n bigint, salt int, sides bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(n, salt) & 2147483647) % sides $$
"""
_PEOPLE = """
INSERT INTO customers_customer
  (name, external_id, domain, plan, tier, status, arr, currency, renews_at, is_placeholder)
SELECT 'Customer ' || n, 'bench-' || n, 'c' || n || '.example', 'team',
  (ARRAY['standard', 'standard', 'standard', 'business', 'enterprise'])[1 + bench.dice(n, 1, 5)],
  'active', 1000 + bench.dice(n, 2, 90000), 'EUR', current_date + bench.dice(n, 3, 365)::int, false
FROM generate_series(1, %(customers)s) AS n;
INSERT INTO customers_contact (customer_id, name, email, phone, timezone)
SELECT c.id, 'Person ' || c.id || ' ' || k, 'p' || k || '@' || c.domain, '', 'UTC'
FROM customers_customer AS c, generate_series(1, 3) AS k WHERE c.external_id LIKE 'bench-%%';
CREATE UNLOGGED TABLE bench.person AS
  SELECT row_number() OVER (ORDER BY p.id) - 1 AS k, p.id AS contact, c.id AS customer,
    search_vector(concat_ws(' ', p.name, p.email, c.name), 'B') AS vector
  FROM customers_contact p JOIN customers_customer c ON c.id = p.customer_id
  WHERE c.external_id LIKE 'bench-%%'
"""
_SAID = """
CREATE UNLOGGED TABLE bench.said AS
  SELECT k, body, '<p>' || body || '</p>' AS html, initcap(left(body, 1)) || subject AS subject,
    search_vector(initcap(left(body, 1)) || subject, 'A') AS about,
    search_vector(body, 'D') AS vector
  FROM (SELECT k, body, substr(split_part(body, '.', 1), 2, 80) AS subject FROM bench.body) AS one
"""
# The newest thirtieth is half unsettled, of the rest one in two hundred is: two in a hundred.
_PLAN = """
CREATE UNLOGGED TABLE bench.plan AS
SELECT n, course, reported_at,
  -- From ten minutes to a working day between the steps.
  interval '10 minutes' + interval '1 minute' * (bench.dice(n, 9, 22) * bench.dice(n, 10, 22))
    AS pace,
  person, agent, bench.dice(n, 11, %(queues)s) AS queue, bench.dice(n, 12, %(bodies)s) AS subject,
  (ARRAY['urgent', 'high', 'high', 'normal', 'normal', 'normal', 'normal', 'normal', 'low', 'low']
  )[1 + bench.dice(n, 13, 10)] AS priority
FROM (
  SELECT n, %(start)s::timestamptz + %(span)s::interval * (n::float8 / %(tickets)s) AS reported_at,
    CASE
      WHEN bench.dice(n, 4, 1000) < CASE WHEN n > %(tickets)s * 0.97 THEN 500 ELSE 5 END
      THEN (ARRAY['new', 'new', 'new', 'open', 'open', 'open', 'open', 'waiting_customer',
        'waiting_customer', 'waiting_customer'])[1 + bench.dice(n, 5, 10)]
      WHEN n > %(tickets)s * 0.98 OR bench.dice(n, 6, 3) = 0 THEN 'resolved'
      ELSE 'closed'
    END AS course,
    -- Some customers write often, most seldom.
    least((%(people)s * (bench.dice(n, 7, 10000) / 10000.0) ^ 2)::bigint, %(people)s - 1) AS person,
    CASE WHEN bench.dice(n, 8, 100) < 85 THEN bench.dice(n, 14, %(agents)s) END AS agent
  FROM generate_series(1, %(tickets)s::bigint) AS n
) AS drawn
"""
_WHEN = "least(plan.reported_at + plan.pace * step.place, %(now)s)"
_BODY = "bench.dice(plan.n * 8 + step.place, 15, %(bodies)s)"
_RARE = "(plan.n %% greatest(2, %(tickets)s / %(rare)s) = 1 AND step.place = 0)"
_COMMON = "(plan.n %% 10 = 3 AND step.place = 0)"
_JAPANESE = "(plan.n %% greatest(2, %(tickets)s / %(japanese)s) = 0 AND step.place = 0)"
_MORE = f"""
  CASE WHEN {_RARE} THEN ' It began in Zanzibar.' ELSE '' END
  || CASE WHEN {_COMMON} THEN ' The export stops.' ELSE '' END
  || CASE WHEN {_JAPANESE} THEN ' 請求書が届きません。' ELSE '' END
"""
_TICKETS = """
INSERT INTO tickets_ticket (id, subject, customer_id, contact_id, channel, origin, reported_at,
  updated_at, status, priority, assignee_id, queue_id, tags, fields, snippet, waiting_since,
  first_replied_at, resolved_at, closed_at, has_attachment, version, due_at, due_kind, sla_state,
  breached)
SELECT plan.n, said.subject, person.customer, person.contact,
  (ARRAY['mail', 'mail', 'mail', 'web', 'chat'])[1 + bench.dice(n, 16, 5)], 'customer',
  plan.reported_at, last.at, plan.course, plan.priority, agent.id, queue.id,
  CASE WHEN n %% 7 = 0 THEN ARRAY['vip'] WHEN n %% 11 = 0 THEN ARRAY['bug', 'billing']
    ELSE ARRAY[]::varchar[] END,
  '{}', left(lastly.body, 140),
  CASE plan.course WHEN 'new' THEN plan.reported_at WHEN 'open' THEN last.at END,
  CASE WHEN plan.course <> 'new' THEN least(plan.reported_at + plan.pace, %(now)s) END,
  CASE WHEN plan.course IN ('resolved', 'closed') THEN last.at END,
  CASE WHEN plan.course = 'closed' THEN last.at END, false, course.steps, NULL, '', '', false
FROM bench.plan JOIN bench.course ON course.name = plan.course
CROSS JOIN LATERAL (SELECT least(plan.reported_at + plan.pace * (course.steps - 1), %(now)s) AS at)
  AS last
JOIN bench.person ON person.k = plan.person
JOIN bench.said ON said.k = plan.subject
JOIN bench.said AS lastly
  ON lastly.k = bench.dice(plan.n * 8 + course.last_message, 15, %(bodies)s)
JOIN bench.queue ON queue.k = plan.queue
LEFT JOIN bench.agent ON agent.k = plan.agent
WHERE n BETWEEN %(first)s AND %(last)s ORDER BY n
"""
_MESSAGES = f"""
INSERT INTO tickets_message (id, ticket_id, direction, author_id, contact_id, author_label, at,
  body, quoted, html, headers, message_id, automatic, attachments_count)
SELECT (plan.n - 1) * {_MOST_STEPS} + step.place + 1, plan.n, step.direction,
  CASE WHEN step.direction <> 'in' THEN coalesce(agent.id, %(ada)s) END,
  CASE WHEN step.direction = 'in' THEN person.contact END, '', {_WHEN},
  said.body || {_MORE}, '', said.html || {_MORE}, '', '', false, 0
FROM bench.plan JOIN bench.step ON step.course = plan.course AND step.direction IS NOT NULL
JOIN bench.said ON said.k = {_BODY}
JOIN bench.person ON person.k = plan.person
LEFT JOIN bench.agent ON agent.k = plan.agent
WHERE n BETWEEN %(first)s AND %(last)s ORDER BY n, step.place
"""
_ACTIVITIES = f"""
INSERT INTO timeline_activity (id, kind, subject_id, verb, at, actor_id, actor_label, data)
SELECT (plan.n - 1) * {_MOST_STEPS} + step.place + 1, 'ticket', plan.n, step.verb, {_WHEN},
  CASE WHEN step.direction IS DISTINCT FROM 'in' THEN coalesce(agent.id, %(ada)s) END, '',
  (CASE WHEN step.place = 0
     THEN '{{"origin": "customer", "status": [null, "new"], "priority": [null, "'
       || plan.priority || '"]' ELSE '{{"step": ' || step.place END
   || CASE WHEN step.place > 0 AND step.after IS NOT NULL
        THEN ', "status": ["' || step.before || '", "' || step.after || '"]' ELSE '' END
   || CASE WHEN step.direction IS NOT NULL
        THEN ', "message": ' || ((plan.n - 1) * {_MOST_STEPS} + step.place + 1) ELSE '' END
   || '}}')::jsonb
FROM bench.plan JOIN bench.step ON step.course = plan.course
LEFT JOIN bench.agent ON agent.k = plan.agent
WHERE n BETWEEN %(first)s AND %(last)s ORDER BY n, step.place
"""
_DOCUMENTS = f"""
INSERT INTO tickets_searchdoc (ticket_id, vector, stale, counted)
SELECT plan.n, said.about || person.vector || words.vector, false, true
FROM bench.plan
JOIN bench.person ON person.k = plan.person
JOIN bench.said ON said.k = plan.subject
CROSS JOIN LATERAL (
  SELECT bench.joined(
    body.vector || CASE WHEN {_RARE} OR {_COMMON} OR {_JAPANESE}
      THEN search_vector({_MORE}, 'D') ELSE '' END
    ORDER BY step.place) AS vector
  FROM bench.step JOIN bench.said AS body ON body.k = {_BODY}
  WHERE step.course = plan.course AND step.direction IS NOT NULL
) AS words
WHERE n BETWEEN %(first)s AND %(last)s ORDER BY n
"""
_WORDS = """
INSERT INTO tickets_searchword (word, tickets)
SELECT word, ndoc FROM ts_stat('SELECT vector FROM tickets_searchdoc')
WHERE word ~ '^[[:alpha:]]{3,32}$' ORDER BY word
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique ORDER BY 1
"""


def load(*, tickets: int, now: datetime | None = None) -> None:
    """Fill an empty database; every date is counted back from `now`."""
    now = now or datetime.now(UTC).replace(microsecond=0)
    dice = random.Random(tickets)
    agents = [_person(f"agent{number}", "support") for number in range(AGENTS)]
    _person("lead", "support", "support_lead")
    queues = [
        Queue.objects.create(name=name, slug=name.lower()) for name in ("Support", "Billing", "API")
    ]
    customers = max(50, tickets // 100)
    values: dict[str, Any] = {
        "tickets": tickets,
        "customers": customers,
        "people": customers * 3,
        "queues": len(queues),
        "agents": AGENTS,
        "ada": agents[0].pk,
        "bodies": BODIES,
        "rare": RARE_TICKETS,
        "japanese": JAPANESE_TICKETS,
        "now": now,
        "start": now - SPAN,
        "span": SPAN,
    }
    with _connected() as database:
        _prepare(database, dice, agents, queues, values)
        dropped = database.execute(_INDEXES, [list(TABLES)]).fetchall()
        for name, _ in dropped:
            database.execute(f"DROP INDEX {name}")
    ranges = _ranges(tickets, CONNECTIONS * 2)
    _side_by_side(
        [
            _doing(statement, {**values, "first": first, "last": last})
            for statement in (_TICKETS, _MESSAGES, _ACTIVITIES, _DOCUMENTS)
            for first, last in ranges
        ]
    )
    _side_by_side([_doing(definition) for _, definition in dropped] + [_doing(_WORDS)])
    with _connected() as database:
        _finish(database)
    call_command("rebuild_sla", processes=CONNECTIONS, stdout=sys.stderr)
    with _connected() as database:  # what is measured is a table that came to rest
        database.execute("VACUUM (ANALYZE, INDEX_CLEANUP ON) tickets_ticket, sla_clock")


def _person(name: str, *roles: str) -> User:
    return User.objects.create(email=f"{name}@bench.example", name=name.title(), roles=list(roles))


def _connected() -> psycopg.Connection:
    """Rows come consistent: foreign keys are not asked for each of them."""
    settings = connection.get_connection_params()
    database = psycopg.connect(
        **{name: settings[name] for name in ("dbname", "user", "password", "host", "port")
           if settings.get(name)},
        autocommit=True,
    )  # fmt: skip
    for setting in ("session_replication_role = replica", "work_mem = '256MB'",
                    "maintenance_work_mem = '1GB'", "synchronous_commit = off",
                    "statement_timeout = 0"):  # fmt: skip
        database.execute(f"SET {setting}")
    return database


def _prepare(
    database: psycopg.Connection,
    dice: random.Random,
    agents: Sequence[User],
    queues: Sequence[Queue],
    values: dict[str, Any],
) -> None:
    database.execute("CREATE SCHEMA bench")
    database.execute(_DICE)
    database.execute(
        "CREATE AGGREGATE bench.joined(tsvector) (sfunc = tsvector_concat, stype = tsvector)"
    )
    database.execute(
        "CREATE UNLOGGED TABLE bench.course (name text, steps int, last_message int);"
        "CREATE UNLOGGED TABLE bench.step"
        " (course text, place int, verb text, direction text, before text, after text);"
        "CREATE UNLOGGED TABLE bench.agent (k bigint, id bigint);"
        "CREATE UNLOGGED TABLE bench.queue (k bigint, id bigint);"
        "CREATE UNLOGGED TABLE bench.body (k bigint, body text)"
    )
    _copy(database, "course", [
        (name, len(steps), max(place for place, step in enumerate(steps) if step[1]))
        for name, steps in COURSES.items()
    ])  # fmt: skip
    _copy(database, "step", [
        (name, place, *step) for name, steps in COURSES.items() for place, step in enumerate(steps)
    ])  # fmt: skip
    _copy(database, "agent", [(place, person.pk) for place, person in enumerate(agents)])
    _copy(database, "queue", [(place, queue.pk) for place, queue in enumerate(queues)])
    _copy(database, "body", list(enumerate(_bodies(dice))))
    for statement in f"{_PEOPLE};{_SAID};{_PLAN}".split(";"):
        database.execute(statement, values)
    for table in ("person", "said"):
        database.execute(f"CREATE UNIQUE INDEX ON bench.{table} (k)")
    for table in ("person", "said", "plan", "step", "course", "agent", "queue"):
        database.execute(f"ANALYZE bench.{table}")


def _bodies(dice: random.Random) -> list[str]:
    """Sentences of common words and, here and there, a seldom one."""
    common = _REAL.split()
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er")]
    seldom = sorted({"".join(dice.choices(syllables, k=3)) for _ in range(8_000)})

    def sentence() -> str:
        words = dice.choices(common, k=dice.randint(6, 11)) + dice.choices(seldom, k=1)
        dice.shuffle(words)
        return f"{' '.join(words).capitalize()}."

    return [" ".join(sentence() for _ in range(dice.randint(1, 3))) for _ in range(BODIES)]


def _copy(database: psycopg.Connection, table: str, rows: Sequence[tuple]) -> None:
    with database.cursor().copy(f"COPY bench.{table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _ranges(tickets: int, parts: int) -> list[tuple[int, int]]:
    edges = [tickets * part // parts for part in range(parts + 1)]
    return [(a + 1, b) for a, b in pairwise(edges) if b > a]


def _doing(statement: str, values: dict[str, Any] | None = None) -> Callable[[], None]:
    def work() -> None:
        with _connected() as database:
            database.execute(statement, values)

    return work


def _side_by_side(works: Sequence[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()


def _finish(database: psycopg.Connection) -> None:
    for table in ("tickets_ticket", "tickets_message", "timeline_activity"):
        database.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        )
    database.execute("DROP SCHEMA bench CASCADE")
    database.execute("VACUUM (ANALYZE, PARALLEL 2)")
