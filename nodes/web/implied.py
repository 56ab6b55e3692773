"""What a record implies without saying it. Pure functions of its parts, for its page."""

from collections import Counter
from collections.abc import Sequence

from vocab.parts import Partner
from vocab.schemes import scheme


def balance(partners: Sequence[Partner]) -> tuple[tuple[str, int], ...]:
    """Count the partners on each of the four sides of the helix; nothing when none is placed."""
    counts = Counter(each.helix for each in partners if each.helix)
    sides = tuple((side.iri, counts[side.iri]) for side in scheme("helix").concepts)
    return sides if any(count for _, count in sides) else ()
