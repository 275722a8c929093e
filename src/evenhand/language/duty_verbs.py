"""Verbs that open duty statements ("Prepare reports …"), base forms: data only."""

from __future__ import annotations

DUTY_VERBS = frozenset(
    """
    accompany achieve acquire act adapt add adjust administer advertise advise advocate aid
    align allocate analyze analyse answer apply appoint appraise approve arrange articulate
    assemble assess assign assist attend audit author authorize automate balance bring brief
    broaden budget build calculate call care carry celebrate challenge champion chart check
    choose clarify clean clear close coach collaborate collect combine communicate compare
    compile complete comply compose compute conduct confer configure confirm connect consider
    construct consult contact contribute control convert convey coordinate copy correct
    correspond counsel create curate customize debug decide define deliver demonstrate deploy
    describe design detect determine develop devise diagnose direct discover discuss dispense
    display distribute document draft draw drive edit educate eliminate employ enable encourage
    enforce engage enhance ensure enter establish estimate evaluate examine execute exercise
    expand experiment explain explore express extend facilitate file find fit fix focus follow
    forecast formulate foster fulfill gather generate give grow guide handle help hire host
    identify illustrate implement improve increase influence inform initiate innovate inspect
    inspire install instruct integrate interact interpret interview introduce inventory
    investigate invite issue join judge keep keyboard launch lead learn leverage liaise listen
    locate log look maintain make manage market match maximize measure mediate meet mentor merge
    minimize mix model modify monitor motivate move negotiate obtain observe offer open operate
    optimize order organize originate oversee own package participate partner perform photograph
    place plan play post practice predict prepare prescribe present prevent prioritize process
    procure produce program project promote propose protect prove provide publish purchase
    pursue qualify question raise read receive recognize recommend reconcile record recruit
    reduce refer refine register regulate rehearse relate remain remove render repair replace
    report represent request research resolve respond restore retain review revise route run
    sample schedule search secure seek select sell send serve set settle shape share show sign
    simulate solicit solve sort source speak specify sponsor standardize start stay steer
    stimulate store strategize streamline strengthen strive structure study submit suggest
    summarize supervise supply support survey synthesize tailor take talk target teach test
    think track train transcribe transfer transform translate transmit travel treat troubleshoot
    try turn understand undertake update upgrade use utilize validate verify visit visualize
    volunteer weigh welcome work write
    """.split()
)
