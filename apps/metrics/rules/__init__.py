"""What numbers mean: arithmetic on plain values, without a database."""

# Upper edges in seconds of the portal's own latency histogram; 0.2 is the edge of its promise.
LATENCY_BOUNDS: tuple[float, ...] = (
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.2,
    0.35,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)
