"""Verbs that may stand for each other in an ad without a change of fact: data only.

Base forms, "a = b" in both directions or "a > b" in one; after " : " the nouns, of which one has
to follow soon for the swap to be idiomatic.
"""

from __future__ import annotations

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
notify = inform : patients clients customers people individuals employees staff managers taxpayers
  families owners members students users
inform > tell : patients clients customers people individuals employees staff
confer > consult
confer > talk
maintain > keep : records record files logs accurate detailed inventory inventories
keep > maintain : records files logs accurate
develop = create : plans programs materials content strategies plan strategy reports tools
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
answer > respond to : questions inquiries queries requests
answer = address : questions inquiries queries concerns
compute > work out : totals taxes prices costs figures
arrange = organize : meetings events workshops tours travel
investigate > look into : complaints cases claims problems issues fraud discrepancies
handle > deal with : complaints inquiries requests calls problems issues questions
construct = build : models databases
determine > find out : whether what how which why
supply > provide
propose > suggest
recommend > propose
execute > carry out : plans tasks strategies tests duties campaigns
undertake > carry out
complete > finish : projects tasks work assignments
clarify > explain
appraise > assess
amend > change
amend = revise
alter > change
acquire > obtain : information data permits licenses materials supplies
procure > obtain
procure > buy
gather > compile : data information statistics
commence > start
allocate = assign : tasks duties resources work
distribute > circulate : reports memos newsletters
remain > stay
cooperate = collaborate
instruct > teach
validate > verify
validate > confirm
confirm > verify
update = revise : policies procedures plans documents manuals
describe = explain : procedures policies methods results
reduce = lower : costs expenses risk risks
"""
