"""Closed classes of words that carry facts: must or may, not, all, at least, before, weekly.

``PHRASES`` maps a phrase (as tokens) to the kind and value of the fact it states; the longest
phrase wins, and each token counts once. The kind ``harmless`` marks phrases that would otherwise
be misread ("not only", "learn more"). Numbers are in
``fact_numbers``, names in ``fact_names``, people in ``fact_roles``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

_TABLE = """
requirement required: must; required; requires; require; mandatory; compulsory; obligatory
requirement required: essential; necessary; have to; has to; having to; need to; needs to
requirement required: needed; you need; 'll need; candidates need; applicants need
requirement required: candidate needs; prerequisite; a must; must have; must - have
requirement required: must - haves; non - negotiable; imperative
requirement preferred: preferred; preferably; preference; prefer; a plus; plus .; plus !
requirement preferred: desirable; big plus; huge plus; strong plus; major plus; definite plus
requirement preferred: pluses; bonus points; a bonus; nice to have; nice - to - have
requirement preferred: nice to haves; good to have; ideally; ideal; desired; an advantage
requirement preferred: advantageous; an asset; optional; optionally; would be great
requirement preferred: would be nice; is welcome; welcomed; are welcome; is plus
requirement encouraged: encouraged
condition as-needed: as needed; as required; when needed; when required; if needed; if required
condition as-needed: where needed; where required; as necessary; when necessary; where necessary
condition as-needed: if necessary; as appropriate; as assigned; as directed
modality should: should; ought to; ought; supposed to; expected to
modality able: can; ca; able; ability; abilities; capable; capability; capacity to
modality possible: may; might; could; possibly; perhaps; potentially; maybe
modality will: will; shall; 'll; wo; going to
modality would: would; 'd
modality willing: willing; willingness
negation not: not; n't; no; never; none; neither; nor; without; nobody; nothing; nowhere
negation not: no longer; lack; lacking; lacks; free of; free from
negation only: only; solely; exclusively; merely; nothing but
negation other-than: except; except for; excluding; other than; apart from; aside from; unless
negation other-than: but not; exclusive of
negation instead: instead of; instead; rather than; in place of; in lieu of
conjunction or: or; either
example such-as: such as; e.g.; for example; for instance; including
conjunction and/or: and/or; and / or
conjunction but: but; however; though; although
harmless -: he or she; she or he; his or her; her or his; him or her; her or him
harmless -: himself or herself
harmless -: but also; once again; not only; not just; as well as; at all; all - round; all about
harmless -: after all; above all; all over; more about; learn more; find out more; no matter
harmless -: each other; one another; as much as; in order to; so that; as well
harmless -: ongoing basis; regular basis; on a regular basis; make sure; look after
harmless -: looking after; looks after; day one; if you like; lead time; lead times; sales lead
harmless -: sales leads; new leads; under pressure; over the phone; or more; well over
harmless -: more than just; up to date; up - to - date; can't wait; ca n't wait; or so
condition if: if; provided that; assuming; as long as; in case; in the event; subject to
condition whether: whether
condition depending: depending; depending on; dependent on; based upon
quantity all: all; every; each; everyone; everybody; everything
quantity always: always
quantity whole: entire; entirely; whole
quantity any: any; anyone; anybody; anything
quantity some: some; certain
quantity sometimes: sometimes; occasionally; occasional
quantity many: many; numerous; a lot of; lots of; plenty of; much
quantity often: often; frequently; frequent
quantity several: several; multiple; a number of; a few; a couple of; a couple
quantity few: few; little
quantity rarely: rarely; seldom; hardly; barely; scarcely
quantity most: most of; most of the; majority; mostly; mainly; primarily; largely
quantity usually: usually; typically; generally; normally
quantity various: various; variety; varied; wide range; a range of; range of; diverse
quantity various: variety of
quantity both: both
quantity half: half; halves
quantity double: double; twice; doubled; doubling
quantity triple: triple; thrice; tripled; tripling
quantity partly: partly; partially; in part; at least part
quantity additional: additional; extra; further
quantity other: another; other; others
comparison more: more; more than
comparison less: less; fewer; less than
comparison least: least
comparison minimum: minimum; at least; at minimum; a minimum of; minimum of
comparison maximum: maximum; at most; up to; no more than; max; a maximum of
comparison than: than
comparison same: same; equal; equally; equivalent; similar; identical
comparison about: approximately; roughly; nearly; almost
frequency day: daily; every day; each day; per day; a day; day - to - day; day to day; everyday
frequency week: weekly; every week; each week; per week; a week; week on week
frequency two-weeks: biweekly; fortnightly; bi - weekly; every two weeks
frequency month: monthly; every month; each month; per month; a month
frequency quarter: quarterly; every quarter; each quarter; per quarter; a quarter
frequency year: annual; annually; yearly; every year; each year; per year; a year; per annum
frequency year: p.a.
frequency hour: hourly; every hour; per hour; an hour; each hour
frequency night: nightly; every night; per night; a night
frequency regular: regularly; regular; routinely; periodically; periodic; ongoing; continuously
frequency regular: continual
frequency once: once; one time; one - time; one - off
time now: now; currently; current; presently; today; at the moment; right now; at present
time recent: recent; recently; lately; newly; freshly
time just: just
time former: former; formerly; previous; previously; past; prior; in the past
time already: already
time ago: ago
time soon: soon; shortly
time future: upcoming; future
time later: eventually; later
time tomorrow: tomorrow
time next: next; next year; next month; next week; next quarter; next summer; coming year
time next: following year
time immediate: immediately; immediate; asap; as soon as possible; at once; straight away
time yet: yet; still; so far; to date
time this: this year; this month; this week; this quarter; this summer; this season
time last: last year; last month; last week; last quarter; last summer; the last; past year
time last: previous year; last season; yesterday; last; prior year
time until: until; till; by the end of; no later than
time since: since
time during: during; while; whilst
time permanent: permanent; permanently; indefinite
time temporary: temporary; temporarily; interim; seasonal; short - term; fixed - term
time before: before; prior to; ahead of; in advance; in advance of; beforehand
time after: after; afterwards; following completion; upon completion; upon; once completed
terms full-time: full - time; full time; fulltime
terms part-time: part - time; part time; parttime
terms contract: contract - to - hire; freelance; contractor; contractors; self - employed
terms remote: remote; remotely; work from home; telecommute; telecommuting; from home; wfh
terms onsite: onsite; on - site; on site; in - house; in house; in - office; in office
terms hybrid: hybrid
terms travel: travel; travels; travelling; traveling
terms unpaid: unpaid; voluntary; volunteer; volunteers
terms paid: paid
direction above: above; over; beyond; in excess of; exceed; exceeds; exceeding
direction below: below; under; beneath
direction within: within; inside
direction outside: outside; out of; outbound; outgoing; external; externally
direction inside: internal; internally; inbound; incoming; in - bound
direction up: increase; increases; increasing; increased; raise; raises; raising; boost; grow
direction up: grows; boosts; boosting; growing; maximize; maximise; maximizing; rise; rising
direction up: expand; expands; expanding
direction down: decrease; decreases; decreasing; decreased; reduce; reduces; reducing; reduced
direction down: lowering; cut; cuts; cutting; minimize; minimise; minimizing; minimising; lessen
direction down: shrink; reduction; reductions; decline; declines
direction against: against; versus; vs; vs.
rank senior: senior; sr; sr.; seniors
rank junior: junior; jr; jr.; entry - level; entry level; juniors
rank mid: mid - level; mid level; intermediate; midlevel
rank lead: lead; leads; leading; led; head; heads; heading; headed; leader; leadership; leaders
rank assist: help; helps; helping; helped; assist; assists; assisting; assisted; assistance; aid
rank assist: aids; aiding
rank participate: participate; participates; participating; participation; take part
rank supervise: supervise; supervises; supervising; supervised; oversee; oversees; overseeing
rank supervise: supervision
rank responsible: accountable; accountability
rank approve: approve; approves; approving; approval; approvals; authorize; authorizes
rank approve: authorise
rank own: own; owns; owning; owned; ownership
"""


@lru_cache(maxsize=1)
def phrase_table() -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
    """Phrases by their first token, longest first: (tokens, kind, value)."""
    table: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for line in _TABLE.strip("\n").splitlines():
        head, _, phrases = line.partition(": ")
        kind, _, value = head.partition(" ")
        for phrase in phrases.split(";"):
            parts = tuple(phrase.split())
            table.setdefault(parts[0], []).append((parts, kind, value))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


def match_phrases(lowered: Sequence[str]) -> Iterator[tuple[int, int, str, str]]:
    """(first token, one past the last, kind, value) of every listed phrase, left to right."""
    table, index = phrase_table(), 0
    while index < len(lowered):
        for parts, kind, value in table.get(lowered[index], ()):
            if tuple(lowered[index : index + len(parts)]) == parts:
                if kind != "harmless":
                    yield index, index + len(parts), kind, value
                index += len(parts)
                break
        else:
            index += 1
