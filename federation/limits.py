"""How much a peer may send, and how long it may take. Every number is a setting."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on one peer. Sizes are bytes, times are seconds.

    A full page of the largest members must fit into `wire_bytes` and `page_bytes`: else a city that
    publishes many large records would make the feed of every relay unreadable.
    """

    wire_bytes: int = 32_000_000
    page_bytes: int = 32_000_000
    members_per_page: int = 2_000
    quads_per_member: int = 5_000
    member_bytes: int = 120_000
    literal_chars: int = 50_000
    nesting: int = 64
    relations_per_page: int = 1_000
    pages_per_round: int = 5_000
    request_seconds: float = 30.0
    round_seconds: float = 600.0
    read_seconds: float = 40.0
    concurrent_requests: int = 4
    clock_skew_seconds: float = 300.0
    quarantine_per_peer: int = 1_000
    quarantine_bytes: int = 64_000_000
    withdrawn_share: float = 0.2
    repaired_members: int = 500
    repair_bytes: int = 32_000_000
    attempts: int = 4
    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 20.0
    pending_bytes: int = 64_000_000
    nodes_per_feed: int = 100_000
    observed_per_round: int = 5_000
    free_bytes: int = 200_000_000
    kept_bytes: int = 2_000_000_000
