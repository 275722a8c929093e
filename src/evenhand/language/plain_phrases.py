"""Phrases that may stand for each other in an ad without a change of fact: data only.

``PAIRS`` work in both directions ("a = b") or one ("a > b"). Verbs are in ``plain_verbs``.
"""

from __future__ import annotations

PAIRS = """
we are looking for = we are seeking
we're looking for = we're seeking
is looking for = is seeking
are looking for = are seeking
is seeking > is looking for
we are looking for > we seek
we're looking for > we are looking for
we are seeking > we are looking for
is looking for > seeks
is currently looking for = is currently seeking
we are currently looking for = we are currently seeking
in order to > to
as well as > and
due to the fact that > because
prior to > before
a wide variety of = a wide range of
a wide range of = a broad range of
a variety of > various
make sure that = ensure that
make sure we > ensure that we
ensure we > make sure we
ensures that = makes sure that
ensuring that = making sure that
assist with = help with
assist in = help with
assists with = helps with
work with = work together with
working with = working together with
works with = works together with
in accordance with = in line with
in accordance with > according to
according to > in line with
with regard to > about
with respect to > about
regarding = about
concerning > about
pertaining to > about
pertaining to = relating to
related to = relating to
in a timely manner > promptly
on a timely basis > promptly
individuals > people
an individual = a person
the individual = the person
someone who = a person who
somebody who > someone who
persons > people
the opportunity to = the chance to
an opportunity to = a chance to
passionate about > interested in
with a passion for > with an interest in
have a passion for > have an interest in
a passion for > an interest in
passion for > interest in
who love > who enjoy
who loves > who enjoys
you love > you enjoy
if you love > if you enjoy
we love > we enjoy
love to > like to
loves to > likes to
would love to = would like to
you'd love to = you'd like to
we'd love to = we'd like to
excited about > interested in
thrilled to > happy to
excited to > happy to
a broad range of > a wide range of
day-to-day = daily
has the ability to > is able to
must have the ability to > must be able to
will have the ability to > will be able to
various = different
numerous = many
additional > further
appropriate = suitable
assistance to > help to
assistance with = help with
employees = staff members
job duties > duties
duties > tasks
rapidly > quickly
extremely > very
incredibly > very
highly > very
huge > large
big > large
tremendous > great
massive > large
tough > difficult
talented > skilled
top-notch > excellent
outstanding > excellent
exceptional > excellent
excellent = outstanding
great > good
awesome > good
amazing > good
fantastic > good
strong = solid
deep understanding of > thorough understanding of
love of > interest in
this position = this role
the position > the role
want to = would like to
looking to hire > hiring
we need = we are looking for
we want = we are looking for
who want to = who would like to
who is > who's
across the company = throughout the company
across the organization = throughout the organization
we are looking for > we hope to find
we're looking for > we hope to find
we are seeking > we hope to find
we are looking for > we want to find
we are seeking > we want to find
you will work with = you will be working with
you'll work with = you'll be working with
you will work on = you will be working on
you'll work on = you'll be working on
, such as > , for example
for example = for instance
is a plus = is an advantage
is a plus > is an asset
a big plus = a strong plus
a big plus = a major plus
would be a plus = would be an advantage
are a plus = are an advantage
is preferred. = is desirable.
are preferred. = are desirable.
is required. = is a must.
is required. = is necessary.
are required. = are necessary.
are required. = are needed.
is mandatory. = is required.
you must have > you need to have
must be able to = need to be able to
you will need to > you will have to
you need to > you have to
you'll need to > you'll have to
at the core of = at the heart of
is composed of > consists of
is composed of = is made up of
consists of = is made up of
located in = based in
allows you to = enables you to
allow you to = enable you to
allows us to = enables us to
allow us to = enable us to
allows users to = enables users to
allow users to = enable users to
on a daily basis > daily
on a daily basis > every day
on a weekly basis > every week
on a monthly basis > every month
on a regular basis = regularly
every day = each day
every week = each week
every month = each month
additionally, = in addition,
a lot of = lots of
on the basis of > based on
in conjunction with = together with
along with = together with
by means of > through
via > through
in relation to = relating to
keep abreast of = keep up with
remain current in = stay current in
remain current with = stay current with
stay up to date = remain up to date
help us to > help us
help them to > help them
helps us to > helps us
join our team = become part of our team
join a team = become part of a team
whether or not > whether
deal with > handle
dealing with > handling
collaborate with = work together with
collaborating with = working together with
cooperate with = work together with
be responsible for > be in charge of
is responsible for > is in charge of
are responsible for > are in charge of
in a variety of > in various
across a variety of > across various
for a variety of > for various
from a variety of > from various
we believe = we think
who wants to = who would like to
happy to = glad to
opportunities to = chances to
all kinds of = all sorts of
a number of > several
multiple = several
as required = as needed
as necessary = as needed
when necessary = when needed
if necessary = if needed
"""

DROPPABLE = frozenset(
    """
    passionate truly really extremely incredibly insanely amazing awesome incredible exciting
    dynamic talented rockstar brilliant world-class aggressive fearless relentless relentlessly
    ambitious driven vibrant energetic kick-ass highly very genuinely absolutely
    simply stunning beautiful phenomenal epic legendary elite fierce tremendous tremendously
    massive massively immensely hugely enthusiastic motivated boldly fearlessly ruthless
    ruthlessly aggressively seamlessly proudly
    passionately ground-breaking groundbreaking revolutionary compassionate caring warm
    supportive nurturing loving cheerful friendly lovely
    """.split()
)
