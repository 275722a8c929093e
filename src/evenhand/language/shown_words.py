"""Rules that an audit shows and a rewriter doesn't use: wording for which nothing is proposed.

One rule a paragraph, as in ``coded_words``; every form was picked by hand, mostly by reading real
ads. They stand apart from the other rules because those drive rewording, which must not change
when an audit learns a word. A harmless phrase here takes back what another rule would show.
"""

from __future__ import annotations

AGENTIC = """
assertive | assert yourself; assert themselves; assertive communicator
ambitious | ambitiously; overachiever; overachievers; over-achiever; over-achievers;
  high achiever; high achievers
competitive | competitive personality; competitive person; competitive people;
  competitive individual; competitive individuals; competitive attitude;
  competitive edge in sales; competitive fire; naturally competitive
confident | confidently; confident individual; confident person; confident personality;
  confident in your abilities
determined | determined individual; determined person; sheer determination;
  determination to succeed; drive and determination
driven | drive and ambition; target driven; goal driven; achievement-driven; sales-driven;
  success-driven; money-driven
fearless | risk taker; risk takers; not afraid to fail
hard-charging | high-powered; high-performance individual
independent | independent self-starter; fierce independence
win | win the market; winning attitude; winner mentality; passion to win; passion for winning;
  winning culture
warrior | guerrilla; smash targets; smashing targets; smash your targets
"""

COMMUNAL = """
affectionate | lovingly; tender loving care
caring | caring person; caring team; caring environment; cares about people; care about people;
  caring people
collaborative | work collaboratively; collaborative spirit; team spirit; team-spirited
empathetic | empathy for; emotionally intelligent
interpersonal | interpersonal skills; interpersonal relationships; interpersonal abilities;
  strong interpersonal; excellent interpersonal; interpersonal communication
kind-hearted | kind people; kind person
pleasant | pleasant; friendly personality; pleasant telephone manner; pleasant voice
sensitive | sensitive and caring; sensitivity to the needs
supportive | supportive team; supportive environment; supportive culture
understanding | patient and kind; understanding and patient; patience and understanding
"""

GENDERED = """
girl-friday | girls in the office; the girls; boys will be boys; career girl; career woman;
  errand girl; delivery girl; cleaning girl
chairman | vice chairman; alumnus; alumnae
salesman | saleslady; salesladies; sales man; sales men; sales lady; sales girl; sales girls
cameraman | camerawoman; camerawomen; newsman; newsmen; anchormen; anchorwoman; frontman;
  frontmen; showman; showmen
handyman | garbageman; milkman; milkmen; fisherman; fishermen; lineman; linemen; groundsman;
  groundsmen; draughtsmen; marksman; marksmen; yardman; barmaids
manned | manhours; manhour; mandays; manday; manned; unmanned
one-of-one-sex | male candidates; female candidates; males only; females only; male only;
  female only; gentlemen only; ladies only; male preferred; female preferred; bearded; neckbeard;
  neckbeards; mumpreneur
"""

AGE = """
young | young graduate; young graduates; young and growing; young office; young environment;
  young atmosphere; young crowd; young vibe; young mind; vibrant young; dynamic young; age limit;
  aged between; aged 18; maximum age
energetic | energy and enthusiasm; energetically; bursting with energy; abundance of energy;
  youthful exuberance
recent-graduate | college students; final year student; new college grad; new college grads;
  recently graduated; newly qualified; graduate scheme; recent university graduate;
  recent university graduates; no more than 5 years; no more than five years; maximum of 5 years;
  freshly graduated; entry-level only; early career; start of your career;
  beginning of your career
seasoned | veterans of the industry; battle-tested veterans; grizzled; old timer; old-timers;
  elderly staff
fast-paced | fast-moving; high-paced; quick-paced; rapid-paced
tech-savvy-generation | tech savvy generation; digitally native
"""

DISABILITY = """
lifting | able to lift; ability to lift; lift up to; must lift; lifting up to; be able to lift;
  lift at least; lift and carry; heavy lifting; lift heavy; lift or move; lift and move;
  lift and/or move; lift 25; lift 30; lift 40; lift 50; lift 75; capable of lifting
standing | stand for long; standing for long; stand for extended; standing for extended;
  stand for prolonged; prolonged standing; prolonged sitting; sit for long; sit for extended;
  sitting for extended; sit for prolonged; able to stand; ability to stand; able to walk;
  ability to walk; able to climb; ability to climb; climb ladders; stoop; kneel; crouch;
  crouching; stand or sit; stand on feet
senses | ability to see; ability to hear; talk or hear; talk and hear; talk and/or hear;
  perfect vision; normal vision; 20/20 vision; distance vision; color vision; colour vision;
  depth perception; peripheral vision; normal hearing; visual acuity; manual dexterity;
  finger dexterity
fitness | physical demands; physically demanding; physical stamina; physical fitness;
  good physical condition; physically able; physically capable; healthy and fit;
  physical strength; physical exertion; high tolerance for stress; high stress tolerance;
  stress resistant
driving | valid driver's license; valid drivers license; driver's license; drivers license;
  driver's licence; driving licence; driving license; clean driving record; own vehicle;
  reliable vehicle; own transportation; reliable transportation
figure-of-speech | falls on deaf ears; crippled; paralyzed by; paralysed by; insanity; psychopath;
  psychopaths; lunacy; nut job; bat-shit; batshit; brain-dead; imbecile; moron; idiot; retard;
  midget; midgets; mentally retarded
suffering | differently abled; physically challenged; mentally challenged
"""

CULTURE = """
rockstar | rockstar developer; rockstar developers; superstar coder; rainmaker; rainmakers;
  virtuoso; virtuosos; wizardry; ninja developer
hacker | hustler culture; hacker culture
badass | get shit done; getting shit done; gsd; wtf; douchebag; douchebags; asshole; assholes;
  hardcore; hard-core; skillz; hella
work-hard-play-hard | free beer; beer on tap; beers on friday; beer friday; friday beers; bar tab;
  poker night; pool table; table tennis; ping pong table; nerf; pizza parties; paintball;
  foosball table; air hockey
culture-fit | fit our culture; fit in with our culture; fits our culture; fit the culture;
  fit our team; fit into our team; cultural match; culture match; beer test; startup mentality;
  start-up mentality; school of hard knocks; pedigreed; elite university; elite universities;
  elite school; elite schools; tier 1 university; top-tier universities; top-tier school;
  premier institution; top 10 university; top colleges; top college; stanford or mit;
  mit or stanford; harvard or stanford; prestigious university
no-life | 60 hours; 70 hours; 80 hours; 60+ hours; 70+ hours; 80+ hours; sixty hours;
  nights and weekends; late nights; workaholic; workaholics; work-life integration;
  live, eat and breathe; live and breath; lives and breaths
tribe | chiefs and indians; too many chiefs; guru-level; crusade; crusaders; cult following
"""

ORIGIN = """
native-speaker | native speaker; native speakers; native english; native english speaker;
  native english speakers; native-level; native fluency; native german; native french;
  native spanish; native dutch; native chinese; native japanese; native speaking;
  native or bilingual; english native; english mother tongue; mother tongue;
  mother tongue english; first language english; english as a first language;
  english as first language; native tongue; near-native; perfect english; flawless english;
  impeccable english; perfect command of english; accent-free; without an accent; no accent;
  neutral accent; american accent; british accent; clear accent; unaccented
citizens | us citizens only; u.s. citizens only; citizens only; us citizen; u.s. citizen;
  us citizens; u.s. citizens; us citizenship; u.s. citizenship; american citizens;
  must be a citizen; citizenship required; eu citizens; eu citizen; uk citizens; uk citizen;
  eu nationals; uk nationals; eu passport; british citizens; uk passport; eu citizenship;
  no foreigners; locals only; local candidates only
belief | christian values; christian environment; god-fearing; judeo-christian
"""

HARMLESS = """
supportive fluids; supportive housing; supportive care; supportive services; integrating loyalty;
loyalty platform; loyalty app; loyalty and rewards; loyalty rewards; loyalty, rewards; ear balls;
dinosaur digs; up and coming tech; up and coming technology; unicorn companies; unicorn company;
unicorn status; trade around the clock; manned aircraft; manned and unmanned; dude solutions;
student loan hero; course hero; ritchie bros; peer-driven team; always on brands; next unicorns;
each and every one of us; mature business; mature industry; psycho geriatric; psycho-social;
psycho-educational; alpha users; award-winning; winner of the; kind regards; girls who code;
boys & girls; the boys and girls; interpersonal violence; interpersonal therapy;
interpersonal conflict; nurture marketing; lead nurture; lead nurturing; nurture campaigns;
nurture leads; nurture programs; nurturing leads; nurturing campaigns; nurture prospects;
react native; native app; native apps; native mobile; native code; native language processing;
native american; unmanned aerial; unmanned aircraft; unmanned vehicles; unmanned vehicle;
unmanned systems; wines and spirits; kneeling chair; happy hour pricing; happy hour specials;
college students to; college students and; to college students; for college students;
college students with; vice chairman of
"""

WHY = {
    "body": (
        "asks for a body, a state of health or a car, or uses a condition as a figure of speech: "
        "name the task and leave open how it is done"
    ),
    "origin": "asks where someone is from or believes, in place of what the work needs",
}
