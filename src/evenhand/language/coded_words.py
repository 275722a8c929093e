"""Rules for wording that leans: agentic or communal words after Gaucher, Friesen and Kay (2011).

One rule a paragraph, ``name | forms``, continued on indented lines. A form is
``phrase>suggestion``; without a suggestion the wording is shown and nothing is proposed. Hyphens
in a phrase match a hyphen or a space. The stems of the paper over-fire on ads (lead, analyse,
support, respond, depend, active, force), so every form here was picked by hand. Why a lean
matters: the paper found that ads thick with agentic words appealed less to women, whatever the
job; both directions are reported alike.
"""

from __future__ import annotations

AGENTIC = """
aggressive | aggressive; aggressive growth>rapid growth; aggressive goals>high goals;
  aggressive goal>high goal; aggressive targets>high targets; aggressive target>high target;
  aggressive deadlines>tight deadlines; aggressive deadline>tight deadline;
  aggressive schedules>tight schedules; aggressive schedule>tight schedule;
  aggressive timeline>tight timeline; aggressive timelines>tight timelines; aggressively>quickly;
  aggressiveness; aggressively growing>rapidly growing; aggressively expanding>rapidly expanding;
  aggressively pursue>pursue with energy
ambitious | ambitious; ambition; ambitions; ambitious goals>high goals;
  ambitious targets>high targets; ambitious plans>large plans; ambitious projects>large projects;
  ambitious project>large project
adventurous | adventurous>curious; daring
assertive | assertive>clear; assertively>clearly; assertiveness; self-assertive
athletic | athletic mindset; athlete mentality
autonomous | work autonomously>work on their own; high degree of autonomy
battle | battle-tested>proven; battle-hardened>experienced; battle-scarred>experienced;
  battle-proven>proven; do battle; in the trenches>in the daily work;
  war stories>past experience; war-room>planning room; on the front lines>in direct contact
boastful | boast>have; boasts>has; boasting>having
bold | boldly go; bold and fearless
brave | brave; courageous; courage; bravery
competitive | competitive spirit; competitive nature; competitive streak; competitive drive;
  competitive mindset; highly competitive person; highly competitive people;
  highly competitive individual; highly competitive individuals; fiercely competitive;
  hyper-competitive; ultra-competitive; competitive by nature
confident | self-confident; self-confidence; supremely confident;
  confident communicator>clear communicator; confident communicators>clear communicators;
  confident presenter>clear presenter; confident in using>comfortable using
conquer | conquer; conquers; conquering; conquered; conquer the world; conquer the market
crush | crush it>do well; crushing it>doing well; crush goals>meet goals;
  crush targets>meet targets; crush quotas>meet quotas; crush the competition;
  crushing the competition; crush your goals>meet your goals;
  crush your targets>meet your targets
dominate | dominate; dominates; dominating; dominated; dominant; dominance; domination;
  dominate the market; world domination; market domination; dominant player>major player;
  dominant position>strong position
decisive | decisive; decisively; decisiveness
defend | defend their opinions; strong opinions; strong opinion; opinionated; opinionated people
driven | driven individual>motivated individual; driven individuals>motivated individuals;
  driven person>motivated person; driven people>motivated people; self-driven>self-motivated;
  highly driven>highly motivated; driven professional>motivated professional;
  driven professionals>motivated professionals; driven to succeed; driven team>motivated team;
  results-driven>results-focused; result-driven>results-focused;
  driven engineer>motivated engineer; driven engineers>motivated engineers; driven to win
fearless | fearless; fearlessly; fearlessness; no fear
fight | fight for; fighter; fighters; fighting spirit; fight the good fight; in the fight;
  uphill battle; uphill battles
fierce | fierce; fiercely; ferocious
force-of-nature | force of nature; a force to be reckoned with; force-multiplier;
  unstoppable force
go-getter | go-getter>self-starter; go-getters>self-starters; go-getting
greedy | greedy; hungry for success; hungry to win; hungry to succeed; stay hungry; hungry
hard-charging | hard-charging; hard-driving; hard-hitting; hard-nosed; take-no-prisoners;
  take no prisoners
headstrong | headstrong; strong-willed; bullish; stubborn; stubbornly
hierarchy | alpha; alpha personality; type-A; type A personality; pecking order
hunter | hunter mentality; hunter mindset; sales hunter>new-business salesperson;
  sales hunters>new-business salespeople; hunter; hunters; a true hunter; killer instinct;
  go for the kill; kill it>do well; killing it>doing well; kill the competition; predator
hustle | hustle; hustler>self-starter; hustlers>self-starters; hustling; side hustle
impulsive | impulsive; reckless
independent | fiercely independent; independent thinker; independent thinkers;
  independent spirit; maverick; mavericks; lone wolf; lone wolves
intellectual | intellectual horsepower; intellectual firepower; intellectual heavyweight;
  raw intellect; razor-sharp intellect
outspoken | outspoken>open; hostile; merciless; cutthroat; cut-throat
persistent | dogged; doggedly; relentless; relentlessly; tenacious>persistent;
  tenacity>persistence; never give up; never-say-die; bulldog
ruthless | ruthless; ruthlessly; ruthlessly prioritize>prioritize strictly; brutally;
  brutally honest>frank
self-reliant | self-reliant; self-reliance; self-sufficient; self-sufficiency; rugged
superior | superior skills>excellent skills; superior communication>excellent communication;
  superior performance>excellent performance;
  superior customer service>excellent customer service; superior service>excellent service;
  superior quality>excellent quality; superior knowledge>excellent knowledge;
  superior results>excellent results; superior ability>excellent ability
take-charge | take charge; take-charge attitude; take no excuses; no excuses;
  in command of the room
tough | tough-minded; thick-skinned; thick skin; mentally tough; mental toughness; ironclad will;
  toughness
win | win at all costs; at all costs; winner-takes-all; born winner; winners; winner's mindset;
  winning mentality; will to win; desire to win; drive to win; play to win; love to win;
  hate to lose; obsessed with winning
warrior | warrior; warriors; road warrior>frequent traveler; road warriors>frequent travelers;
  weekend warrior; gladiator; commando; spartan; samurai; viking; assassin; mercenary; sniper
world-beating | world beating; best of the best; elite; elite team>skilled team;
  cream of the crop; top gun; top dog; top dogs; the very best; superstar>skilled person;
  superstars>skilled people; all-star; all-stars; heavy hitter; heavy hitters; heavy-hitter;
  powerhouse; big dogs; high-flyer; high-flyers; high flyer; high-octane; alpha-male
explosive | explosive growth>rapid growth; explode; exploding growth>rapid growth;
  hyper-growth>rapid growth; hypergrowth>rapid growth; skyrocket; skyrocketing; meteoric
attack | attack problems>work on problems; attack the problem>work on the problem;
  attack hard problems>work on hard problems;
  blow away the competition; annihilate; obliterate; demolish; destroy the competition;
  beat the competition; take down; slay; slaying; tackle>handle; tackles>handles;
  tackling>handling; tackled>handled
move-mountains | move mountains; break through walls; run through walls; whatever it takes;
  do whatever it takes; blood, sweat and tears; burn the midnight oil; 110%; 24/7 mindset;
  push the envelope; push boundaries; break the rules; rule-breaker; rule-breakers; disruptor;
  disruptors; game changer; game changers; move fast and break things
challenge-seeking | thrive on challenge>enjoy difficult work;
  thrives on challenge>enjoys difficult work; thrive on challenges>enjoy difficult work;
  thrives on challenges>enjoys difficult work; love a challenge>enjoy difficult work;
  loves a challenge>enjoys difficult work; challenging>demanding
champion | champion the>promote the; championing>promoting; championed>promoted;
  champions of>supporters of
strong-leader | commanding presence; born leader; born leaders; natural leader; natural leaders;
  fearless leader; general of
"""

COMMUNAL = """
affectionate | affectionate; loving; motherly; sisterly; maternal instinct
bubbly | bubbly>friendly; perky>friendly; sassy; sweet-natured; chatty; sunny personality;
  sunny disposition; cheerful>positive; cheerfully>positively; cheery>positive
caring | caring; caring attitude; caring nature; care deeply about people; big heart; big hearts;
  heart of gold
collaborative | collaborate with>work with; collaborates with>works with;
  collaborating with>working with; collaborated with>worked with;
  collaborate closely with>work closely with; collaborates closely with>works closely with;
  collaborating closely with>working closely with; collaborate across>work across;
  collaborate on>work on; collaborating on>working on; collaborative>team-based;
  collaboratively>as a team; collaboration; in collaboration with>together with; collaborate;
  collaborates; collaborating; collaborator
compassionate | compassionate; compassion; compassionately; tenderhearted; tender-hearted
considerate | considerate; thoughtful and kind
cooperative | cooperate with>work with; cooperates with>works with;
  cooperating with>working with; cooperative relationships>working relationships;
  cooperative>helpful; cooperatively>together; cooperation;
  co-operative>helpful; co-operate with>work with
emotional | emotional connection; emotionally warm; emotionally open; emotional;
  wears their heart
empathetic | empathetic; empathic; empathy; empathetically; empathize with>understand;
  empathise with>understand; sympathetic; sympathy; sympathize
enthusiastic | enthusiastic>keen; enthusiasm; enthusiastically
family-feel | like a family; one big family; family feel; family atmosphere; work family;
  part of the family; second family; home away from home
gentle | gentle; gently; gentleness; soft-spoken; soft spoken; mild-mannered; docile; meek;
  submissive; deferential; self-effacing; modest; modesty
honest | wholesome; pure-hearted
interpersonal | warm interpersonal; strong interpersonal bonds
kind-hearted | kind-hearted; kindhearted; kindness; kind and; kindly
loyal | loyal; loyalty; faithful; devoted; devotion
nurturing | nurture>develop; nurtures>develops; nurturing>developing; nurtured>developed;
  nurturer; nurture relationships>develop relationships;
  nurturing relationships>developing relationships; nurturing environment; nurturing nature
pleasant | pleasant personality; pleasing personality; pleasant demeanor; pleasant manner;
  charming; well-groomed; pleasant phone manner; ladylike
polite | polite>courteous; politely>courteously; politeness>courtesy
sensitive | sensitive to the needs of others; sensitive to the needs; sensitive to others;
  sensitive nature; sensitivity to others
sharing | share and care; sharing and caring; caring and sharing
supportive | supportive>helpful; supportively; nurturing and supportive; hand-holding;
  hold hands with
together | togetherness; tight-knit>close; tightly-knit>close; close-knit>close;
  sense of belonging; sense of community
trusting | trusting; trustful
understanding | patient and understanding; understanding nature; good listener; great listener;
  shoulder to cry on
warm | warm; warmth; warmly; warm-hearted; warm personality; warm and welcoming;
  warm and friendly
"""

HARMLESS = """
competitive salary; competitive pay; competitive compensation; competitive benefits;
competitive wages; competitive analysis; competitive intelligence; competitive landscape;
competitive advantage; competitive market; competitive markets; competitive package;
competitive base; competitive rates; competitive pricing; competitive bidding;
competitive research; competitive programming; competitive remuneration; competitive rate;
competitive wage; competitive equity; competitive bonus; lead time; lead times; active directory;
force majeure; sales force; salesforce; work force; task force; self-employed;
independent contractor; independent contractors; individual contributor; warm transfer;
warm leads; warm lead; warm calls; warm calling; warm up; warm introductions; warm-up;
head-hunter; bargain hunter; house hunters; job hunters; bounty hunter; treasure hunter;
brave browser; hungry families; hungry people; emotional intelligence; emotional disorders;
emotional health; emotional problems; emotional issues; emotional disturbances;
emotional adjustment; social and emotional; emotional support; emotional needs;
behavioral or emotional; emotional responses; emotional or behavioral; emotional, or behavioral;
emotional difficulties; emotional states; emotional well-being; social, emotional;
mental or emotional; mental and emotional; emotional growth; captain of the vessel; ship captain;
alpha release; alpha version; alpha testing; alpha and beta; alpha generation; alpha or beta;
alpha stage; customer loyalty; brand loyalty; loyalty program; loyalty programs; loyalty scheme;
loyalty card; loyal customers; loyal customer; loyal users; loyal following; loyal fans;
loyal readers; customer devotion; attack surface; attack vector; attack vectors; heart attack;
attack detection; conflict defence; defend against; family business; family-owned; fight fraud;
fight crime; fight against; fight climate; fighting fraud; fire fighter; fire fighting;
fighting crime; fighting fires; fighting disease; fight disease; fight cancer; driven by data;
mood disorder; greedy algorithm; greedy algorithms; brute force; daring fireball; warrior games;
golden state warriors; winner of; winners of; award winner; award winners; contest winners;
prize winners; bold text; gentle slope; warm water; warm weather; warm climate; child care;
health caring; courage under; tackle box; football tackle; hustle culture; challenging behavior;
challenging behaviour; challenging behaviors; challenging behaviours; emotional abuse;
emotional distress; emotional trauma; caring for; caring of; devoted to; faithful to the;
polite society; kind and amount; kind and quality; elite athletes; elite sports;
emotionally disturbed; collaboration tools; collaboration software; collaboration platform;
collaboration suite; online collaboration; file sharing and collaboration;
collaboration products; collaboration app; collaboration technologies; collaborative filtering;
collaborative editing; collaborative software; cooperative education; cooperative extension;
housing cooperative
"""

AGENTIC_WHY = (
    "reads as agentic: ads thick with such words were found to appeal less to women, "
    "and the duty can be said without it"
)
COMMUNAL_WHY = (
    "reads as communal: such words make a job look like women's work to many readers, "
    "and the duty can be said without it"
)
