"""Verbs that may stand for each other in an ad without a change of fact: data only.

Base forms, "a = b" in both directions or "a > b" in one; after " : " the words, of which one has
to follow soon for the swap to be idiomatic. In ``PLAINER`` the second is also the plainer one.
"""

from __future__ import annotations

ALIKE = """
conduct = carry out : tests test analysis analyses research reviews audits inspections studies
  assessments surveys examinations evaluations experiments training
perform = carry out : tests test analysis analyses research reviews audits inspections
  studies maintenance assessments surveys examinations evaluations experiments calculations
assess = evaluate : options risks needs results performance proposals
collect = gather : information data evidence feedback facts material materials
notify = inform : patients clients customers people individuals employees staff managers taxpayers
  families owners members students users
maintain = keep : records files logs
develop = create : plans programs materials content reports tools
monitor = track : progress performance budgets expenses
provide = offer : advice guidance training support assistance
provide = give : advice guidance feedback instruction
verify = check : data figures records accounts addresses identities statements details
oversee = supervise : staff crews teams workers contractors
demonstrate = show : products equipment techniques procedures
solve = resolve : problems issues
review > examine : records documents files reports accounts
examine > review : records documents files reports accounts statements
examine = inspect : equipment instruments
document > record : findings results information
answer = respond to : questions inquiries queries requests
organize = arrange : meetings events workshops tours travel
investigate = look into : complaints claims problems issues discrepancies
handle = deal with : complaints inquiries requests
construct = build : models databases
complete = finish : projects assignments
gather > compile : data information statistics
update = revise : policies procedures plans manuals
reduce = lower : costs expenses risk risks
allocate = assign : tasks duties resources
calculate = compute
"""

PLAINER = """
utilize > use
utilise > use
purchase > buy : goods supplies materials parts equipment stock food tools services
procure > buy : goods supplies materials parts equipment stock tools services
obtain > get : quotes prices approval permits feedback samples signatures
commence > start
participate > take part : in
undertake > carry out : research repairs inspections surveys reviews audits analysis
appraise > assess : options risks needs results performance proposals
enhance > improve : processes services skills performance quality systems
employ > use : methods techniques tools
"""
