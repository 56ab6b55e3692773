"""What a record implies without saying it. Pure functions of its parts, for its page."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from vocab.fields import Moment
from vocab.parts import Partner, Permit
from vocab.schemes import scheme


def days_taken(permit: Permit) -> int | None:
    """Count the days from asking to granting; None unless both are known to the day."""
    asked, granted = _day(permit.submitted), _day(permit.granted)
    if asked is None or granted is None or granted < asked:
        return None
    return (granted - asked).days


def balance(partners: Sequence[Partner]) -> tuple[tuple[str, int], ...]:
    """Count the partners on each of the four sides of the helix; nothing when none is placed."""
    counts = Counter(each.helix for each in partners if each.helix)
    sides = tuple((side.iri, counts[side.iri]) for side in scheme("helix").concepts)
    return sides if any(count for _, count in sides) else ()


def _day(moment: Moment | None) -> date | None:
    try:
        return date.fromisoformat(moment.value) if moment else None
    except ValueError:  # only a year or a month
        return None
