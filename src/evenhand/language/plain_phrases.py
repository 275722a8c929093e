"""Phrases that may stand for each other in an ad without a change of fact: data only.

Whole phrases in their construction, never a word wherever it stands ("big" isn't "large" in "big
data", nor "need to" always "have to"). In ``ALIKE`` either side may stand for the other, or only
the second for the first (``>``); in ``PLAINER`` the second is also the plainer one. Verbs are in
``plain_verbs``.
"""

from __future__ import annotations

ALIKE = """
we are looking for = we are seeking
we're looking for = we're seeking
is looking for = is seeking
are looking for = are seeking
we are looking for > we seek
is looking for > seeks
is currently looking for = is currently seeking
we are currently looking for = we are currently seeking
we are looking for > we hope to find
we're looking for > we hope to find
we are looking for > we want to find
a wide variety of = a wide range of
a wide range of = a broad range of
make sure that = ensure that
make sure we > ensure that we
ensure we > make sure we
ensures that = makes sure that
ensuring that = making sure that
assist with = help with
assists with = helps with
in accordance with = in line with
related to = relating to
an individual = a person
the individual = the person
someone who = a person who
the opportunity to = the chance to
an opportunity to = a chance to
would love to = would like to
you'd love to = you'd like to
we'd love to = we'd like to
excited to > happy to
thrilled to > happy to
day-to-day = daily
assistance with = help with
deep understanding of > thorough understanding of
this position = this role
the position > the role
who want to = who would like to
who wants to = who would like to
across the company = throughout the company
across the organization = throughout the organization
you will work with = you will be working with
you'll work with = you'll be working with
you will work on = you will be working on
you'll work on = you'll be working on
for example = for instance
is a plus = is an advantage
is a plus > is an asset
would be a plus = would be an advantage
are a plus = are an advantage
is composed of > consists of
consists of = is made up of
allows you to = enables you to
allow you to = enable you to
allows us to = enables us to
allow us to = enable us to
allows users to = enables users to
allow users to = enable users to
on a regular basis = regularly
every day = each day
every week = each week
every month = each month
additionally, = in addition,
in conjunction with = together with
along with = together with
keep abreast of = keep up with
remain current in = stay current in
remain current with = stay current with
stay up to date = remain up to date
join our team = become part of our team
join a team = become part of a team
collaborate with = work together with
collaborating with = working together with
cooperate with = work together with
happy to = glad to
all kinds of = all sorts of
as required = as needed
as necessary = as needed
when necessary = when needed
if necessary = if needed
"""

PLAINER = """
is seeking > is looking for
we are seeking > we are looking for
we're seeking > we're looking for
in order to > to
due to the fact that > because
prior to the > before the
prior to starting > before starting
questions regarding > questions about
questions concerning > questions about
questions pertaining to > questions about
information regarding > information about
information concerning > information about
information pertaining to > information about
advice regarding > advice about
concerns regarding > concerns about
decisions regarding > decisions about
complaints regarding > complaints about
in accordance with > according to
in a timely manner > promptly
on a timely basis > promptly
somebody who > someone who
has the ability to > is able to
must have the ability to > must be able to
will have the ability to > will be able to
looking to hire > hiring
on a daily basis > daily
on a weekly basis > every week
on a monthly basis > every month
whether or not > whether
by means of > through
help us to > help us
help them to > help them
helps us to > helps us
is comprised of > consists of
at this point in time > now
in the event that > if
for the purpose of providing > to provide
on an ongoing basis > all the time
a large number of > many
a majority of > most
"""

DROPPABLE = frozenset(
    """
    truly really incredibly insanely genuinely absolutely immensely hugely tremendously seamlessly
    proudly passionately fearlessly relentlessly ruthlessly aggressively unbelievably
    """.split()
)
"""Words that only turn up the volume. Praising adjectives stay: "amazing people" left bare, or
"an exciting culture", would say something else."""
