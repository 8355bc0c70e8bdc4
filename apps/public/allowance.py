"""So many in a time, for a door that anybody may knock at and that must cost nothing."""

import threading
import time
from collections.abc import Callable


class Allowance:
    """Counted in this process alone: nothing is written to say that something is not written."""

    def __init__(
        self, most: int, seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most, self.seconds, self.clock = most, seconds, clock
        self.lock = threading.Lock()
        self.taken, self.until = 0, 0.0

    def take(self) -> bool:
        """One more, if there is one left until the time is over."""
        with self.lock:
            now = self.clock()
            if now >= self.until:
                self.taken, self.until = 0, now + self.seconds
            self.taken += 1
            return self.taken <= self.most
