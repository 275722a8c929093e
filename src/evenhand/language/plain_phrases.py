"""Phrases and verbs that may stand for each other in an ad without a change of fact: data only.

``PAIRS`` work in both directions ("a = b") or one ("a > b"). ``VERBS`` are given in their base
form; a verb may be limited to the nouns after which the swap is idiomatic.
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
have the ability to > be able to
various = different
numerous = many
additional > further
appropriate = suitable
assistance to > help to
assistance with = help with
employees = staff members
job duties = duties
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
"""

VERBS = """
conduct = carry out : tests test analysis analyses research reviews audits inspections studies
  assessments surveys examinations evaluations experiments training
perform = carry out : tests test analysis analyses research duties tasks reviews audits inspections
  studies maintenance work assessments surveys examinations evaluations experiments calculations
obtain > get
purchase = buy
assess = evaluate
evaluate = assess
collect = gather : information data evidence feedback facts material materials
gather = collect : information data evidence feedback facts requirements
notify = inform
inform > tell : patients clients customers people individuals employees staff
confer > consult
confer > talk
maintain > keep : records record files logs accurate current detailed inventory inventories
keep > maintain : records files logs accurate
develop = create : plans programs materials content strategies plan strategy reports tools new
create = develop : plans programs materials strategies tools content
monitor > track : progress performance budgets results expenses data
track > monitor : progress performance budgets results expenses
provide > give : advice guidance feedback information instruction support training you
provide > offer : services advice guidance training support assistance
give > provide : advice guidance feedback information training support
verify = check
verify > confirm
check > verify
select = choose
oversee > supervise
supervise > oversee
analyze > study : data records information results trends reports
modify > change
modify = adapt
recommend = suggest
calculate = compute
enhance > improve
improve > enhance
demonstrate = show
foster > encourage
discuss > talk about
resolve > solve : problems issues problem
solve > resolve : problems issues
respond > reply
participate > take part
prepare > draft : reports letters documents correspondence proposals contracts statements
draft > prepare : reports letters documents correspondence proposals contracts
review > examine : records documents files data reports accounts
examine > review : records documents files data reports accounts statements
examine > inspect : equipment instruments
inspect > examine : equipment
document > record : findings results information
record > document : findings results information
identify > determine : needs causes requirements
explain > describe : procedures policies methods
implement > introduce : new changes
begin = start
utilize > use
employ > use : methods techniques tools
edit > revise : text content copy articles
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
