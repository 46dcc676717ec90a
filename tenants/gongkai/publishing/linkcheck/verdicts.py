"""What the answers of a host make of an address, over days: pure functions.

A page that is gone says so on two days before its link is called dead; a host that cannot be reached, on three. An
answer that leaves it open (a sign-in, too many requests, a fault of the server) never makes a link dead.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gongkai.publishing.linkcheck.addresses import GOVERNMENT, is_listed

GONE_DAYS, FAILED_DAYS = 2, 3
_AGAIN = {
    "fine": timedelta(days=30),
    "failing": timedelta(hours=20),
    "dead": timedelta(days=7),
    "unsure": timedelta(days=7),
    "certificate": timedelta(days=7),
    "inner": timedelta(days=30),
}
_SPREAD = 7


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an address; fields as of `models.CheckedLink`."""

    verdict: str = "waiting"
    failed_at: datetime | None = None
    failed_days: int = 0
    gone_days: int = 0
    last_failed_date: date | None = None


def judged(before: Standing, outcome: str, *, now: datetime, today: date) -> Standing:
    """What is known after an answer.

    `outcome` is `fine`, `unsure`, `gone` (the page is said to be no more), `failed` (the host cannot be reached),
    `certificate` or `inner`. Answers of one day count as one.
    """
    if outcome in ("fine", "unsure"):
        return Standing(outcome)
    network = outcome in ("gone", "failed")
    if network != (before.verdict in ("failing", "dead")) or (not network and before.verdict != outcome):
        before = Standing()
    new_day = before.last_failed_date != today
    days = before.failed_days + new_day
    gone = before.gone_days + (new_day or not before.gone_days) if outcome == "gone" else 0
    verdict = outcome
    if network:
        is_dead = before.verdict == "dead" or gone >= GONE_DAYS or days >= FAILED_DAYS
        verdict = "dead" if is_dead else "failing"
    return Standing(verdict, before.failed_at or now, days, gone, today)


def next_time(verdict: str, *, now: datetime, link_id: int) -> datetime:
    """When an address is asked for again; those that are in order are spread over a week."""
    spread = timedelta(days=link_id % _SPREAD) if verdict == "fine" else timedelta()
    return now + _AGAIN[verdict] + spread


def result_of(verdict: str, *, host: str, final_host: str, domains: Collection[str]) -> str:
    """What a link is to its unit, whose offices have put `domains` on the list; hosts are empty on this platform."""
    if verdict in ("dead", "inner", "certificate"):
        return verdict
    listed = {*GOVERNMENT, *domains}
    outside = any(found and not is_listed(found, listed) for found in (host, final_host))
    return "outside" if outside else verdict
