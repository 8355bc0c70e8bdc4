"""`python -m tests.faults`: SEED, FAULTS, DELIVERIES from the environment or as options."""

import argparse
import os
import random

from .run import Plan, main


def plan() -> Plan:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--soak", action="store_true", help="four times as long")
    parser.add_argument("--short", action="store_true", help="one of each common fault")
    defaults = {"seed": random.randrange(10**6), "faults": 200, "deliveries": 100_000}
    for name, default in defaults.items():
        given = os.environ.get(name.upper()) or default
        parser.add_argument(f"--{name}", type=int, default=int(given))
    asked = parser.parse_args()
    if asked.short:
        return Plan(seed=asked.seed, faults=8, deliveries=1000, mean=1.0, quiet=0, short=True)
    times = 4 if asked.soak else 1
    return Plan(seed=asked.seed, faults=asked.faults * times, deliveries=asked.deliveries * times)


if __name__ == "__main__":
    main(plan())
