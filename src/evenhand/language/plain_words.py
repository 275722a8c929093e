"""Rules for gendered, age-coded, ableist and in-group wording, and for pronouns.

One rule a paragraph, as in ``coded_words``: ``name | forms``. The reasons are one clause per
kind, for a recruiter to read.
"""

from __future__ import annotations

GENDERED = """
chairman | chairman>chair; chairmen>chairs; chairwoman>chair; chairwomen>chairs
salesman | salesman>salesperson; salesmen>salespeople; saleswoman>salesperson;
  saleswomen>salespeople; salesmanship>sales skill; salesgirl>salesperson
manpower | manpower>staff; man-power>staff; manpower planning>workforce planning
man-hours | man-hours>person-hours; man-hour>person-hour; man-days>person-days;
  man-day>person-day; man-months>person-months; man-month>person-month; man-years>person-years
manned | man the phones>answer the phones; man the desk>staff the desk;
  man the booth>staff the booth; manning>staffing; manned by>staffed by
mankind | mankind>humanity; man-made>artificial; manmade>artificial
foreman | foreman>supervisor; foremen>supervisors; forewoman>supervisor
craftsman | craftsman>craftsperson; craftsmen>craftspeople; craftsmanship>skilled work;
  craftswoman>craftsperson
tradesman | tradesman>tradesperson; tradesmen>tradespeople
workman | workman>worker; workmen>workers; workmanship>quality of work; workmanlike>competent;
  workmen's compensation>workers' compensation; workman's compensation>workers' compensation
repairman | repairman>repairer; repairmen>repairers
handyman | handyman>maintenance worker; handymen>maintenance workers
serviceman | serviceman>service technician; servicemen>service technicians
businessman | businessman>businessperson; businessmen>businesspeople;
  businesswoman>businessperson; businesswomen>businesspeople
spokesman | spokesman>spokesperson; spokesmen>spokespeople; spokeswoman>spokesperson
cameraman | cameraman>camera operator; cameramen>camera operators
draftsman | draftsman>drafter; draftsmen>drafters; draughtsman>drafter
policeman | policeman>police officer; policemen>police officers; policewoman>police officer
fireman | fireman>firefighter; firemen>firefighters
mailman | mailman>mail carrier; mailmen>mail carriers; postman>mail carrier
deliveryman | deliveryman>delivery driver; delivery man>delivery driver;
  delivery men>delivery drivers; delivery boy>delivery driver
watchman | watchman>guard; watchmen>guards; night-watchman>night guard; doorman>door attendant;
  doormen>door attendants
congressman | congressman>representative; councilman>council member; councilmen>council members;
  alderman>council member; assemblyman>assembly member
ombudsman | ombudsman>ombuds; anchorman>anchor; weatherman>weather presenter
middleman | middleman>intermediary; middlemen>intermediaries
layman | layman>layperson; laymen>laypeople; layman's terms>plain terms;
  laymen's terms>plain terms
right-hand-man | right-hand man>right hand; best man for the job>best person for the job;
  family man; man of action; self-made man; company man; ideas man; point man>point person;
  front man; one-man show>solo effort; one-man band>solo effort; man in the middle
journeyman | journeyman; journeymen
freshman | freshman>first-year student; freshmen>first-year students;
  upperclassmen>older students
sportsmanship | sportsmanship>fair play; showmanship>presentation skill; statesman;
  statesmanlike; gamesmanship
stewardess | stewardess>flight attendant; stewardesses>flight attendants;
  air hostess>flight attendant; airhostess>flight attendant
waitress | waitress>server; waitresses>servers; hostess>host; hostesses>hosts; barmaid>bartender;
  barman>bartender; barmen>bartenders
actress | actress>actor; actresses>actors; seamstress>tailor; seamstresses>tailors;
  headmaster>head teacher; headmistress>head teacher; schoolmaster>teacher
housekeeping-titles | maid>cleaner; maids>cleaners; cleaning lady>cleaner;
  cleaning ladies>cleaners; tea lady; lunch lady; housewife; housewives; charwoman>cleaner;
  laundress>laundry worker
girl-friday | girl friday>assistant; office girl>office assistant; office boy>office assistant;
  script girl>script supervisor; tea boy; errand boy; busboy>table attendant;
  bellboy>bell attendant; paperboy; cowboy; cowboys
guys | guys>people; you guys>you all; guy>person; bad guys; good guys; our guys>our people;
  the guys>the team; tech guy>technician; IT guy>IT technician; dude>person; dudes>people; bro;
  bros; brogrammer; lads; chaps; fellas; gals; boys club; boys' club; old boys' network;
  ladies and gentlemen; gentleman>person; gentlemen>people; lady>person; ladies>people
brotherhood | brotherhood; sisterhood; fraternity; band of brothers; frat; bromance; mother hen;
  den mother; mothering; fatherly; founding fathers>founders
man-up | man up; grow a pair; balls; ballsy; cojones; wear the pants; macho; manly; boyish;
  girly; testosterone
grandfathered | grandfathered>exempted; grandfather clause>legacy clause;
  grandfathering>exempting
master-slave | master/slave>primary/replica; slave>replica; slaves>replicas;
  master-slave>primary-replica
"""

AGE = """
digital-native | digital native; digital natives; digital nativity; born digital; grew up online;
  internet generation
young | young; young and dynamic>dynamic; young and energetic>motivated; young and hungry;
  young and ambitious; young and vibrant>vibrant; young and fun; young at heart; young blood;
  young guns; young team; young professionals>professionals; young professional>professional;
  young talent>talent; young talents>talents; youngest; youthful; youthful energy>energy;
  youthful enthusiasm; young-minded
energetic | energetic>motivated; high-energy>lively; high energy>lively; boundless energy;
  endless energy; full of energy; tons of energy; lots of energy; bags of energy; tireless;
  tirelessly; indefatigable
recent-graduate | recent graduate; recent graduates; recent grad; recent grads; new graduate;
  new graduates; new grad; new grads; fresh graduate; fresh graduates; fresh grads; fresh grad;
  fresh out of college; fresh out of university; straight out of college; right out of college;
  just out of college; college kid; college kids; fresher; freshers; recent college graduate;
  recent college graduates
fresh-blood | fresh blood; new blood; fresh talent; fresh faces; fresh-faced;
  up-and-coming>promising; up and comer; up-and-comers; rising star; rising stars;
  next generation of leaders
old-hand | old hand; old hands; old school; old-school; old-fashioned>traditional; grey hair;
  gray hair; greybeard; graybeards; elder statesman; dinosaur; dinosaurs; over the hill;
  past their prime; overqualified; long in the tooth; set in their ways
mature | mature individual; mature person; mature candidate; mature attitude; mature applicants;
  mature professional; mature minded; mature-minded
seasoned | seasoned>experienced; seasoned professional>experienced professional;
  veteran developer>experienced developer; veteran engineer>experienced engineer;
  veteran leader>experienced leader; industry veteran>experienced professional;
  industry veterans>experienced professionals; seasoned veteran>experienced professional;
  seasoned veterans>experienced professionals
millennial | millennial; millennials; gen-z; generation z; gen z; generation y; boomer; boomers;
  gen-xers; teen spirit
boys-and-girls | boys and girls; kids at heart; big kids; wunderkind; whiz kid; whiz kids;
  whizz kid; wonder kid; boy genius; kid in a candy store; kiddo
fast-paced | fast-paced>busy; fast paced>busy; breakneck; breakneck pace; breakneck speed;
  frenetic; frantic>very busy
"""

ABLEIST = """
crazy | crazy; crazy smart>very skilled; crazy good>very good; crazy fast>very fast;
  crazily>very; insane; insanely>extremely; insanely great>excellent; craziest; craziness;
  mad skills>strong skills; madly; lunatic; lunatics; nuts about; nutty; nutjob; madhouse;
  bonkers; wacky
sanity-check | sanity check>quick check; sanity checks>quick checks; sanity-check>quick check;
  sanity checking>quick checking
blind-deaf | blind to; turn a blind eye; blindly; deaf to; fall on deaf ears; tone-deaf;
  tone deaf; dumb; dumb down>simplify; dumbed down>simplified; blind leading the blind
lame | lame; lame duck; crippling; crippled by; cripple; handicapped; spaz; spastic; gimp;
  stand on your own two feet
able-bodied | able-bodied>able; able bodied>able; physically fit; fit and healthy;
  healthy individual; healthy individuals; perfectly healthy; of sound mind
obsessive | OCD; OCD about>careful about; a bit OCD; obsessive; obsessed with>focused on;
  obsessed; obsessive about; obsession; obsess over>focus on; obsesses over>focuses on; maniac;
  maniacs; maniacal; maniacally; fanatic; fanatics; fanatical; fanatically; psycho; psychotic;
  schizophrenic; bipolar mood; hyperactive; manic; addicted to; addict; addicts; junkie; junkies;
  adrenaline junkie; freak; freaks; control freak; neat freak
normal | normal people; normal person; sane person; feeble-minded; simple-minded; retarded;
  idiot-proof>simple; idiot proof>simple; idiots; morons; stupid; no dummies; dummy-proof>simple
suffering | suffers from>has; suffer from>have; suffering from>with;
  wheelchair-bound>wheelchair user; confined to a wheelchair>using a wheelchair;
  afflicted with>with; victim of disability; special needs kids; the disabled>disabled people;
  the blind>blind people; the deaf>deaf people
flawless-body | clear speech; accent-free; without an accent; no accent; native speaker;
  native speakers; native english speaker; native-level; mother tongue>first language;
  mother-tongue>first language; neutral accent; perfect english
"""

CULTURE = """
ninja | ninja>expert; ninjas>experts; code ninja>programmer; code ninjas>programmers;
  coding ninja>programmer; javascript ninja>javascript expert; ninja-like;
  ninja skills>strong skills
rockstar | rockstar>expert; rockstars>experts; rock-star>expert; rock-stars>experts;
  rock star>expert; rock stars>experts; rockin'; rock it; rock the world
guru | guru>expert; gurus>experts; wizard>expert; wizards>experts; wiz>expert; whiz>expert;
  jedi>expert; jedis>experts; jedi master>expert; sorcerer>expert; magician; magicians; sherpa;
  shaman; yoda; padawan; grand master
hacker | hacker>programmer; hackers>programmers; hackathon warrior; code monkey>programmer;
  code monkeys>programmers; growth hacker>growth marketer; growth hackers>growth marketers;
  cowboy coder; cowboy coders; script kiddie
superhero | superhero; superheroes; hero; heroes; super-hero; superhuman; unicorn; unicorns;
  purple squirrel; dragon slayer; wonder woman; superman; batman; avenger; avengers;
  secret weapon; mad scientist; mad scientists; evil genius; genius; geniuses
badass | badass; badasses; bad-ass; kick-ass>excellent; kickass>excellent;
  kicking ass>doing well; kicks ass>does well; ass-kicking; smart-ass; bitch; bitches; shit;
  sh*t; damn; damn good>very good; fuck; fucking; f*cking; hell yeah; bullshit; crap; sucks;
  pissed; pimp; porn; sexy>attractive; sexiest; hot chicks
work-hard-play-hard | work hard, play hard; work hard and play hard; work hard play hard;
  work-hard-play-hard; play hard; party hard; beer o'clock; beer fridge; kegerator; keg; kegs;
  nerf guns; nerf gun fights; nerf wars; foosball; ping-pong; beer-pong; drinks on friday;
  happy hours; booze; drunk; wasted; hangover
tribe | tribe; our tribe; tribes; powwow>meeting; pow-wow>meeting; low man on the totem pole;
  totem pole; spirit animal; off the reservation; circle the wagons; gypsy; eskimo; kool-aid;
  drink the kool-aid; cult-like; cult; slave-driver; slave away; sweatshop; no sissies;
  whitelist>allowlist; whitelisted>allowed; whitelisting>allowing; blacklist>blocklist;
  blacklisted>blocked; blacklisting>blocking
culture-fit | culture fit; cultural fit; good culture fit; one of us;
  like-minded>with similar goals; like-minded people; our kind of people; nerd; nerds; nerdy;
  geek; geeks; geeky; geek out; geeking out; bar raiser; bar raisers; prima donna; prima donnas;
  primadonna; diva; divas; drama queen; drama queens; cat herder; cat herding; herding cats;
  ivy league; top-tier university; top school; top schools; top university; top universities;
  pedigree
no-life | live and breathe>care about; lives and breathes>cares about; eat, sleep and breathe;
  eats, sleeps; always on; available 24/7; sleep when; no clock-watchers; clock watchers;
  clock-watchers; nine-to-fiver; nine-to-five mentality; not a 9-5; weekends are for;
  work around the clock; around the clock; long hours; stamina; must have thick skin;
  drop everything; no nonsense>clear; no-nonsense>clear; no b.s.
jargon | synergize>combine; synergies>joint benefits; synergy>joint benefit;
  think outside the box>think of new ways; out-of-the-box thinker>creative thinker;
  out of the box thinker>creative thinker; out-of-the-box thinkers>creative thinkers;
  outside the box>in new ways; hit the ground running>start quickly;
  wear many hats>do many tasks; wears many hats>does many tasks;
  wearing many hats>doing many tasks; wear multiple hats>do several tasks;
  wears multiple hats>does several tasks; wearing multiple hats>doing several tasks;
  roll up your sleeves>work directly; can-do attitude>positive attitude;
  can do attitude>positive attitude; self-starter>self-motivated person;
  self-starters>self-motivated people; move the needle>make a difference;
  moves the needle>makes a difference; moving the needle>making a difference;
  bleeding edge>very new; bleeding-edge>very new; make a dent in the universe; boil the ocean;
  low-hanging fruit>easy first steps; low hanging fruit>easy first steps;
  drink from the firehose; deep dive>close look; deep dives>close looks; next level;
  take it to the next level; best-of-breed>very good; best of breed>very good;
  world-class>excellent; world class>excellent; best-in-class>excellent; best in class>excellent;
  cutting-edge>modern; cutting edge>modern; state-of-the-art>modern; state of the art>modern;
  mission-critical>essential; mission critical>essential; top-notch>excellent;
  top notch>excellent; value-add>added value; utilize>use; utilizes>uses; utilizing>using;
  utilized>used; utilise>use; utilises>uses; utilising>using; utilised>used; leverage>use;
  leverages>uses; leveraging>using; leveraged>used; incentivize>encourage; incentivise>encourage;
  going forward>in future; on a daily basis>daily; on a weekly basis>weekly;
  on a monthly basis>monthly; on an annual basis>annually
"""

PRONOUNS = """
paired-pronoun | he/she is>they are; he/she was>they were; he/she has>they have;
  he/she does>they do; he/she will>they will; he/she must>they must; he/she can>they can;
  he/she should>they should; he/she may>they may; he/she would>they would; she/he is>they are;
  she/he was>they were; she/he has>they have; she/he does>they do; she/he will>they will;
  she/he must>they must; she/he can>they can; she/he should>they should; she/he may>they may;
  she/he would>they would; s/he is>they are; s/he was>they were; s/he has>they have;
  s/he does>they do; s/he will>they will; s/he must>they must; s/he can>they can;
  s/he should>they should; s/he may>they may; s/he would>they would; he or she is>they are;
  he or she was>they were; he or she has>they have; he or she does>they do;
  he or she will>they will; he or she must>they must; he or she can>they can;
  he or she should>they should; he or she may>they may; he or she would>they would;
  she or he is>they are; she or he was>they were; she or he has>they have;
  she or he does>they do; she or he will>they will; she or he must>they must;
  she or he can>they can; she or he should>they should; she or he may>they may;
  she or he would>they would; he/she; she/he; s/he; he or she; she or he; (s)he; his/her>their;
  her/his>their; his or her>their; her or his>their; him/her>them; her/him>them; him or her>them;
  her or him>them; himself/herself>themselves; himself or herself>themselves; his/hers>theirs
generic-he | he will>they will; he must>they must; he should>they should; he can>they can;
  he may>they may; he would>they would; he has>they have; he is>they are; his>their; him>them;
  himself>themselves; he
generic-she | she will>they will; she must>they must; she should>they should; she can>they can;
  she may>they may; she would>they would; she has>they have; she is>they are; herself>themselves;
  hers>theirs; she; her
"""

HARMLESS = """
young people; young adults; young children; young adult; young person; young patients;
young readers; young learners; young students; young women; young men; young girls; young boys;
young minds; young kids; young families; young offenders; young audience; young audiences;
young players; young company; young startup; ernst & young; ernst and young; young's;
lead hacker news; hacker news; hacker school; hackerrank; hacker one; ethical hacker;
hacker dojo; master's degree; scrum master; master data; mastered; guinness; hero image;
hero images; hero banner; unicorn startup; tribe of; cult classic; wizard of oz; setup wizard;
installation wizard; nuts and bolts; dummy data; dummy variable; dummy variables; dummy text;
bipolar disorder; psychotic disorder; mentally ill; visually impaired; blind spot; blind review;
blind spots; color blind; window blinds; blind and; deaf and; the deaf community; deaf students;
blind students; freak accident; crazy egg; man page; man pages; pac-man; maid of honor;
fraternity house; hero section; guy wire; lady gaga; first lady; guys' night; old testament;
old code; old version; keg tap; sexy legs; genius bar; avengers film; superhero movies;
superhero films; superhero games; blind carbon copy; mature market; mature markets;
mature product; mature products; mature company; hot dog; hostess brands; actress award;
master craftsman certificate; foreman and superintendent; hustle free; dinosaur fossils;
leverage ratio; leveraged finance; leveraged buyout; leveraged buyouts; financial leverage;
high leverage; operating leverage; leveraged loans; leveraged lending; cultural fitness;
healthy individual plan; obsessive compulsive; obsessive-compulsive; drug addicts; addicts and;
substance addict
"""

WHY = {
    "gendered": "names one sex where anyone may do the work",
    "age": "hints at an age, which may put off capable people and invites legal trouble",
    "ableist": "uses a condition as a figure of speech, or asks for one the work may not need",
    "culture": "is in-group talk: many good candidates do not see themselves in it",
    "jargon": "is jargon: a plain word says the same to more readers",
    "pronoun": "assumes the sex of the person to be hired",
}
