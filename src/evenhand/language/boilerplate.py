"""Stretches of an ad that no rewording may touch: pay, contacts, law, labels, address lines.

Each pattern was picked so that a duty about the same matter stays free: "process payroll" is a
duty, "we pay weekly" is pay; "manage email campaigns" is a duty, "email us" is a contact.
"""

from __future__ import annotations

import re


def _any_of(*parts: str) -> re.Pattern[str]:
    """One pattern of all the parts, each at the beginning of a word, whatever the case."""
    return re.compile(r"(?:(?<!\w)(?:" + "|".join(parts) + r"))", re.I)


_PAY = _any_of(
    r"[$€£¥₹]",
    r"(?:usd|eur|gbp|chf|ote|doe|401\s?\(?k)\b",
    r"(?:salary|salaries|remuneration|compensation|benefits?|bonus(?:es)?|perks?)\b",
    r"(?:hourly|base|great|good|competitive|over-market|top|we|the) pay\b",
    r"pay (?:rate|range|scale|is|and|&|starts|depends)\b|pay\s?[:-]|(?:hourly|weekly) wages?\b",
    r"paid (?:time|holidays?|vacations?|leave|sick|training|internships?|parental|overtime)\b",
    r"(?:well|are|is|be) paid\b(?! (?:on|by|in|from|to))",
    r"per hour\b|/\s?hr\b|an hour\b",
    r"stock (?:options?|grants?|plans?)\b|(?:and|with|meaningful|generous|significant) equity\b",
    r"equity (?:stake|package|grant|options?|in the company)\b",
    r"(?:health|dental|medical|life|vision|disability|private) insurance\b",
    r"days? off\b|annual leave\b|pension (?:scheme|plan)\b|(?:sick|parental) leave\b",
)
_CONTACT = _any_of(
    r"(?:e-?mail|call|contact|text|message|ping|drop|tell|write) (?:us|me)\b",
    r"(?:by|via|an) e-?mail\b",
    r"e-?mail (?:your|to|at|jobs)\b|(?:send|submit|forward) (?:your|us|me|a|an|in|any)\b",
    r"(?:resumes?|résumés?|cvs?|curriculum vitae|cover (?:letter|note)|portfolio link)\b",
    r"apply (?:now|here|online|today|at|via|by|through|directly|for|if|within|to (?:this|us))\b",
    r"(?:to|please|and|can|then) apply\b|applications? (?:to|via|through|by|form|deadline)\b",
    r"(?:reach|check|try) (?:it |us |them )?out\b|get in touch|hit me up|hacker news|subject line",
    r"read (?:more )?about\b|see (?:more|our)\b|(?:learn|find out) more\b|more (?:info|details)\b",
    r"click (?:here|on|the|below)\b|links? to\b|please include\b|visit (?:us|our)\b",
    r"(?:our|my|company|following|career) (?:\w+ )?(?:web ?site|web ?page|github|blog)\b",
    r"github (?:account|profile)\b|job id\b|req(?:uisition)? (?:id|#)",
    r"\"?apply\"? (?:button|tab|link)\b|upload (?:your|a|an|the)\b|disqualif|closing date\b",
    r"shortlisted\b|(?:assessment|selection) (?:cent(?:re|er)|day|process|interview)|exams?\b",
)
_LEGAL = _any_of(
    r"equal[- ](?:employment )?opportunit|eoe\b|eeo\b|affirmative action|discriminat",
    r"regardless of|without regard|protected (?:veteran|class|status|characteristic)|veterans?\b",
    r"reasonable accommodation|disabilit|sexual orientation|gender\b|religio",
    r"national origin|ethnic",
    r"divers(?:e|ity) (?:and|&) inclusi|background check|drug[- ](?:test|screen|free)|e-?verify",
    r"visas?\b|h-?1-?b|work (?:authori[sz]ation|permit|rights)|authori[sz]ed to work",
    r"eligib(?:le|ility) to work|relocat|citizenship|u\.?s\.? citizen|citizens? (?:only|or)\b",
    r"passport|nationals\b|sponsorship|sponsor (?:visas?|h)|gdpr|privacy (?:policy|notice)",
    r"copyright (?:©|\d)|©|all rights reserved|at[- ]will|pursuant|fair chance|disclaimer|terms of",
    r"criminal (?:records?|history|background|convictions?)|non-?exempt|exempt (?:position|status)",
    r"agenc(?:y|ies) (?:fees?|calls)|recruiters?\b.{0,300}\bplease|no (?:recruiters|agencies)\b",
    r"not (?:limited|intended) to|by law\b",
)
_LABELLED = re.compile(
    r"^\W*(?:your |key |main |our |job |minimum )*(?:responsibilities|duties|locations?|salary"
    r"|title|position|role|company|team|date|start|duration|hours|schedule|shift|department"
    r"|reports? to|type|industry|website|skills?|stack|tech(?:nolog(?:y|ies))?|tools?"
    r"|languages?|requirements?|qualifications?|education|experience|perks|benefits|note|ps|p\.s)"
    r"\s*(?:[:\-–—]|\()",
    re.I,
)
_LABEL = re.compile(r"^[^.!?]{0,60}:\s*$")
_SEPARATED = re.compile(r"\s[|•·/]\s|\|| ;; |\s[–—-]{2,}\s|\t")
_ODD = re.compile(r"[<>{}\\^~=_@#|\[\]]|\S{28,}|[*]{2}|\.{4,}|[!?]{3,}")


def is_boilerplate(text: str) -> bool:
    """Whether the stretch is a label, pay, a contact, law, an address line, or no plain prose."""
    patterns = (_PAY, _CONTACT, _LEGAL, _LABELLED, _SEPARATED, _ODD)
    return bool(_LABEL.match(text)) or any(pattern.search(text) for pattern in patterns)


_KEPT = _any_of(
    r"(?:how to )?appl(?:y|ying|ications?)\b|next steps\b|(?:closing|deadline)\b",
    r"benefits?\b|perks\b|(?:what )?(?:we|you) (?:offer|get)\b|(?:our|the) offer\b|what's in it",
    r"compensation\b|salary\b|pay\b|rewards?\b",
    r"legal\b|notices?\b|equal\b|eeo\b|diversity\b|disclaimer|privacy|screening\b",
    r"exam|assessment\b|pre-employment\b",
    r"(?:selection|interview|hiring|recruitment|application) process",
)
_LONGEST_HEADING = 50


def opens_section(line: str) -> bool | None:
    """Whether a line is a heading, and if so, whether what follows it is left as it is.

    Returns:
        True for the heading of benefits, law, exams or how to apply; False for another heading;
        None for what is no heading.
    """
    bare = line.strip().strip("#*_ ").rstrip(":").strip()
    ended = line.rstrip()[-1:] in ".!?;,"
    if not bare or ended or len(bare) > _LONGEST_HEADING or len(bare.split()) > 6:
        return None
    return bool(_KEPT.search(bare)) if bare[0].isupper() or line.rstrip().endswith(":") else None
