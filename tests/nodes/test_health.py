"""A node is ready while its views follow the journal, and no longer when they have stopped."""

from nodes.health import LONGEST_LAG, Pace


def test_views_that_are_always_a_little_behind_are_ready() -> None:
    pace = Pace(_in_step=100.0)

    told = []
    for second in range(101, 400):
        pace.note(second - 2.0)  # what came within two seconds is not in them yet
        told.append(pace.keeps_up(float(second)))

    assert all(told)


def test_views_that_follow_no_more_are_not() -> None:
    pace = Pace(_in_step=100.0)
    pace.note(90.0)  # of an earlier look that ended late

    assert pace.keeps_up(100.0 + LONGEST_LAG - 1)
    assert not pace.keeps_up(100.0 + LONGEST_LAG)
