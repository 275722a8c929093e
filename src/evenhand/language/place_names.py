"""Names of cities, countries, regions and US states that ads give as the place of work: data only.

Picked by us: large cities, cities that real ads name often, and the countries around them. An ad
may name a place that isn't here; ``presence`` also reads the cue words around a name.
"""

from __future__ import annotations

CITIES = """
Amsterdam; Ann Arbor; Antwerp; Athens; Atlanta; Auckland; Austin; Baltimore; Bangalore; Bangkok;
Barcelona; Beijing; Bengaluru; Berkeley; Berlin; Birmingham; Bologna; Boston; Boulder; Bratislava;
Brighton; Bristol; Brisbane; Brooklyn; Brussels; Bucharest; Budapest; Buenos Aires; Cairo; Calgary;
Cambridge; Cape Town; Charlotte; Chennai; Chicago; Cincinnati; Cleveland; Cologne; Copenhagen;
Dallas; Delhi; Denver; Detroit; Dubai; Dublin; Durham; Düsseldorf; Edinburgh; Eindhoven; Frankfurt;
Geneva; Glasgow; Gothenburg; Gurgaon; Hamburg; Hanoi; Helsinki; Hong Kong; Houston; Hyderabad;
Indianapolis; Irvine; Istanbul; Jakarta; Johannesburg; Kansas City; Karlsruhe; Krakow; Kuala Lumpur;
Kyiv; Kyoto; Lagos; Las Vegas; Leeds; Leipzig; Lisbon; Liverpool; London; Los Angeles; Los Gatos;
Lyon; Madison; Madrid; Malmö; Manchester; Manhattan; Manila; Melbourne; Menlo Park; Mexico City;
Miami; Milan; Milwaukee; Minneapolis; Montreal; Montréal; Moscow; Mountain View; Mumbai; Munich;
Nairobi; Nashville; New Delhi; New York; New York City; Newcastle; Noida; NYC; Oakland; Orlando;
Osaka; Oslo; Ottawa; Oxford; Palo Alto; Paris; Pasadena; Perth; Philadelphia; Phoenix; Pittsburgh;
Portland; Porto; Prague; Princeton; Pune; Raleigh; Redwood City; Reykjavik; Richmond; Riga; Rome;
Rotterdam; Sacramento; Salt Lake City; San Antonio; San Diego; San Francisco; San Jose; San Mateo;
Santa Barbara; Santa Clara; Santa Monica; Santiago; São Paulo; Sao Paulo; Seattle; Seoul; Shanghai;
Shenzhen; Silicon Valley; Singapore; Sofia; South San Francisco; St. Louis; Stockholm; Stuttgart;
Sunnyvale; Sydney; Taipei; Tallinn; Tampa; Tel Aviv; Tokyo; Toronto; Utrecht; Valencia; Vancouver;
Vienna; Vilnius; Waltham; Warsaw; Washington; Washington DC; Wellington; Zagreb; Zurich; Zürich;
Bay Area; SF; SOMA
"""

COUNTRIES = """
Argentina; Australia; Austria; Belgium; Brazil; Bulgaria; Canada; Chile; China; Colombia; Croatia;
Cyprus; Denmark; Egypt; England; Estonia; Finland; France; Germany; Greece; Hungary; India;
Indonesia; Ireland; Israel; Italy; Japan; Kenya; Latvia; Lithuania; Luxembourg; Malaysia; Malta;
Mexico; Netherlands; New Zealand; Nigeria; Norway; Pakistan; Philippines; Poland; Portugal; Romania;
Russia; Scotland; Serbia; Slovakia; Slovenia; South Africa; South Korea; Spain; Sweden; Switzerland;
Taiwan; Thailand; Ukraine; United Arab Emirates; UAE; United Kingdom; UK; U.K.; United States; USA;
U.S.; Vietnam; Wales; California; Texas; Florida; Massachusetts; Colorado; Oregon; Illinois;
Virginia; Ohio; Pennsylvania; Arizona; Georgia; Michigan; Minnesota; New Jersey; North Carolina;
Tennessee; Utah; Wisconsin; Ontario; Quebec; Alberta; British Columbia; Europe; EU
"""

US_STATES = """
AL AK AZ AR CA CO CT DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV
NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY DC BC ON QC
"""
