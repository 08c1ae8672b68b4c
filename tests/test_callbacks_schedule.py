"""Schedules, compared with plain definitions."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from notmnist.callbacks.timing.schedule import Schedule

LOGARITHMIC = [d * 10**p for p in range(6) for d in (1, 2, 5)]
EVERY = st.one_of(st.integers(1, 50), st.lists(st.integers(0, 300), max_size=20), st.just("log"))


def wanted(every, step):
    if every == "log":
        return step in LOGARITHMIC
    return step > 0 and step % every == 0 if isinstance(every, int) else step in every


@given(EVERY, st.integers(0, 200))
def test_a_schedule_wants_what_it_says(every, step):
    schedule = Schedule(every)
    following = next((s for s in range(step + 1, 600) if wanted(every, s)), None)
    assert schedule.after(step) == following
    assert schedule.wants(step) == wanted(every, step) or step == 0


@given(st.integers(150, 1_000_000))
def test_without_a_schedule_a_fit_has_40_to_60_moments_ever_farther_apart(total):
    steps = Schedule(None, total).steps
    assert 40 <= len(steps) <= 60
    assert (steps[0], steps[-1]) == (0, total)
    gaps = [right - left for left, right in itertools.pairwise(steps)]
    assert all(right >= left - 1 for left, right in itertools.pairwise(gaps))


def test_if_the_end_is_not_known_the_gaps_grow():
    steps, schedule = [0], Schedule(None)
    while steps[-1] < 1_000_000:
        steps.append(schedule.after(steps[-1]))
    assert steps[:5] == [0, 1, 2, 3, 4]
    assert 40 <= sum(step <= 3000 for step in steps) <= 60
    assert len(steps) < 100
