"""`python -m tests.faults`: SEED, FAULTS, DELIVERIES from the environment or as options."""

import argparse
import os
import random

from .run import Plan, main

parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
parser.add_argument("--soak", action="store_true", help="four times as long")
for name, default in (("seed", random.randrange(10**6)), ("faults", 200), ("deliveries", 100_000)):
    given = int(os.environ.get(name.upper(), default))
    parser.add_argument(f"--{name}", type=int, default=given)
asked = parser.parse_args()
times = 4 if asked.soak else 1
main(Plan(seed=asked.seed, faults=asked.faults * times, deliveries=asked.deliveries * times))
