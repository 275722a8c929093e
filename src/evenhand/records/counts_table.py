"""A table of counts, as audits are published, as the rows that it stands for.

Categories with how many people there were and how many of them were selected; totals, rates and
ratios are passed over. Several tables below each other (sex, race, both crossed) or in one column
(``attribute``, ``category``) are put together: what two tables say of the same people is kept
exactly, and how attributes combine isn't guessed where no table crosses them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evenhand.records.columns import (
    Wanted,
    attribute_of,
    family_of,
    key_of,
    keys_of,
    texts_of,
)
from evenhand.records.rows import Problems, number_of, some
from evenhand.records.tables import Source, TextTable

Group = tuple[str, ...]
Counts = tuple[int, int, int]
"""People, those selected, and the line that says so."""


@dataclass
class _Table:
    """One table: the attributes that it crosses, and the counts of every group by line."""

    names: Group
    rows: dict[Group, Counts] = field(default_factory=dict[Group, Counts])


@dataclass(frozen=True)
class _Layout:
    """Positions of the columns of a table of counts; -1 for one that isn't there."""

    names: Sequence[str]
    counts: tuple[int, int, int]  # people, selected, not selected
    attribute: int
    categories: tuple[int, ...]

    def counts_in(self, row: Sequence[str]) -> list[str]:
        """The texts of the counts that the table has."""
        return [row[at].strip() for at in self.counts if at >= 0]

    def categories_in(self, row: Sequence[str]) -> Group:
        """What stands in the columns of categories."""
        return tuple(row[at].strip() for at in self.categories)

    def said(self) -> str:
        """Which column is what, for a sentence."""
        named = zip(("people", "selected", "not selected"), self.counts, strict=True)
        counts = [f"{what} in {self.names[at]!r}" for what, at in named if at >= 0]
        groups = some(self.names[at] for at in self.categories)
        return f"{', '.join(counts)}, groups in {groups}"


def counts_table(
    source: Source,
    wanted: Wanted,
    crossings: Sequence[frozenset[str]],
    digest: str,
    problems: Problems,
) -> tuple[TextTable, list[str]] | None:
    """The rows that a table of counts stands for and what to say of it; None for other files."""
    layout = _layout(source.names, wanted)
    if layout is None:
        _refuse_rates_alone(source.names, problems)
        return None
    texts = source.read(range(len(source.names)))
    cells = list(zip(*(texts[at].tolist() for at in range(len(source.names))), strict=True))
    if "applicants" not in wanted.mapping.values():
        at = layout.counts[0]
        sure = at >= 0 and key_of(source.names[at]) in keys_of("counts", "applicants")
        if not (sure or _counted(cells, layout)) or _of_people(cells, layout):
            return None
    _refuse_pairs(source.names, wanted, problems)
    lines = [source.place.number_of(row) for row in range(len(cells))]
    skipped: list[str] = []
    cells, notes = _filled_down(cells, layout)
    tables = _tables(cells, lines, layout, skipped, problems, notes)
    if not tables and not problems.found:
        problems.report("holds no counts; give each group's in a row")
    problems.settle()
    made, more = _joint(tables, wanted.groups, crossings, problems)
    notes += more
    problems.settle()
    said = [f"The file is a table of counts: {layout.said()}.", *notes]
    used = {*layout.counts, layout.attribute, *layout.categories}
    unused = [name for at, name in enumerate(source.names) if name and at not in used]
    if unused:
        said.append(f"Columns not used: {some(unused)}.")
    if skipped:
        said.append(f"Rows of totals were passed over ({some(dict.fromkeys(skipped))}).")
    columns: dict[str, list[str]] = {name: [] for name in (*wanted.groups, "selected", "weight")}
    places: list[int] = []
    for group, (people, chosen, line) in made.items():
        for outcome, weight in (("1", chosen), ("0", people - chosen)):
            for name, value in zip(wanted.groups, group, strict=True):
                columns[name].append(value)
            columns["selected"].append(outcome)
            columns["weight"].append(str(weight))
            places.append(line)
    place = replace(source.place, number_of=places.__getitem__)
    texts_by_name = {name: texts_of(values) for name, values in columns.items()}
    return TextTable(texts_by_name, place, digest, {}), said


def _refuse_pairs(names: Sequence[str], wanted: Wanted, problems: Problems) -> None:
    """Refuse tables side by side, of which one pair of columns would be read alone."""
    for role in ("applicants", "selected"):
        known = keys_of("counts", role)
        same = [name for name in names if key_of(name).rstrip("0123456789") in known]
        if len(same) > 1 and role not in wanted.mapping.values():
            problems.fail(
                f"has {len(same)} columns of {role} ({some(same)}), as where tables stand side by "
                "side; put them below each other, each group in a row",
                field=role,
            )


def _layout(names: Sequence[str], wanted: Wanted) -> _Layout | None:
    keys = [key_of(name) for name in names]
    named = {ours: key_of(theirs) for theirs, ours in wanted.mapping.items()}

    def find(role: str, *lists: tuple[str, str]) -> int:
        if role in named:
            return keys.index(named[role]) if named[role] in keys else -1
        for section, name in lists:
            for at, key in enumerate(keys):
                if key in keys_of(section, name):
                    return at
        return -1

    counts = (
        find("applicants", ("counts", "applicants"), ("counts", "perhaps_applicants")),
        find("selected", ("counts", "selected"), ("columns", "selected")),
        find("rejected", ("counts", "rejected")),
    )
    if sum(at < 0 for at in counts) > 1:
        return None
    attribute = find("attribute", ("counts", "attribute"))
    taken = {*counts, attribute}
    rates = (*keys_of("counts", "rates"), *keys_of("counts", "perhaps_applicants"))
    free = [at for at, key in enumerate(keys) if at not in taken and key and key not in rates]
    groups = [at for at in free if _names_any(names[at], wanted.groups)]
    generic = [at for at in free if keys[at] in keys_of("counts", "category")]
    known = [at for at in free if family_of(names[at])]
    categories = tuple(sorted({*groups, *known})) or tuple(generic[:1]) or tuple(free[:1])
    return _Layout(names, counts, attribute, categories) if categories else None


def _refuse_rates_alone(names: Sequence[str], problems: Problems) -> None:
    """Refuse a table that says how many applied and at what rate: rates are rounded."""
    keys = {key_of(name) for name in names}
    known = {key for section in ("selected", "score") for key in keys_of("columns", section)}
    people, rates = ({*keys_of("counts", name)} & keys for name in ("applicants", "rates"))
    if people and rates and not known & keys:
        problems.fail(
            "is a table of counts that doesn't say how many were selected; rates alone are "
            "rounded, so add a column with the number selected"
        )


def _names_any(name: str, groups: Sequence[str]) -> bool:
    plain = key_of(name)
    return any(plain == key_of(group) or plain in family_of(group) for group in groups)


def _counted(cells: Sequence[Sequence[str]], layout: _Layout) -> bool:
    """Whether the values say so: whole numbers, some above 1, never more selected than people."""
    large = False
    for row in cells:
        texts = layout.counts_in(row)
        withheld = any(map(_withheld, texts))
        if None in map(_whole, texts) and any(texts) and not withheld:
            return False
        people, chosen, _ = (_whole(row[at]) for at in layout.counts)
        if people is not None and chosen is not None:
            if min(layout.counts[:2]) >= 0 and chosen > people:
                return False
            large = large or chosen > 1
        large = large or withheld
    return large


def _whole(text: str) -> int | None:
    number = number_of(text.replace(",", "").replace("\u202f", "").replace(" ", ""))
    return int(number) if number is not None and number >= 0 and number == int(number) else None


def _withheld(text: str) -> bool:
    """Whether a small number was left out on purpose."""
    return _WITHHELD.fullmatch(text.strip()) is not None


_WITHHELD = re.compile(
    r"(?:n\s*)?(?:[<≤]=?|fewer than|less than|under|below|up to)\s*\d+"
    r"|\d+\s*(?:-|–|to)\s*\d+|\d+ or (?:fewer|less)|\*+|\(?(?:suppressed|redacted|masked)\)?",
    re.IGNORECASE,
)


def _tables(
    cells: Sequence[Sequence[str]],
    lines: Sequence[int],
    layout: _Layout,
    skipped: list[str],
    problems: Problems,
    notes: list[str],
) -> list[_Table]:
    """The tables of the file: new ones begin at titles, at repeated headers and at attributes."""
    heads = layout.categories_in(layout.names)
    title = ""
    tables: dict[Group, _Table] = {}
    totals: list[tuple[int, tuple[int, int], list[_Row]]] = []
    above: list[_Row] = []
    for row, line in zip(cells, lines, strict=True):
        counts, values = layout.counts_in(row), layout.categories_in(row)
        if not any(counts):
            title = next((value for value in row if value.strip()), "").strip() or title
            continue
        if any(key_of(text) in _HEADS for text in counts):
            heads, title, above = values, "", []
            continue
        attribute = title
        if layout.attribute >= 0:
            # Named once for all of its rows, as merged cells are.
            attribute = title = row[layout.attribute].strip() or title
        group_names, group = _named(heads, values, attribute)
        if not group or any(key_of(value) in keys_of("counts", "totals") for value in group):
            skipped.append(" ".join(filter(None, values)) or "(blank)")
            whole = [_whole(row[at]) if at >= 0 else None for at in layout.counts[:2]]
            if (people := whole[0]) is not None and (chosen := whole[1]) is not None and above:
                totals.append((line, (people, chosen), above))
                above = []
            continue
        found = _counts(row, layout, line, problems)
        if found is not None:
            above.append((group_names, found))
            table = tables.setdefault(group_names, _Table(group_names))
            if group in table.rows:
                first = table.rows[group][2]
                problems.report(f"this group has counts in line {first} already", line=line)
            table.rows[group] = (*found, line)
    notes += _wrong_totals(totals)
    return list(tables.values())


_Row = tuple[Group, tuple[int, int]]
"""The attributes of a row, its people and those selected."""


def _wrong_totals(totals: Sequence[tuple[int, tuple[int, int], list[_Row]]]) -> list[str]:
    """A note on totals that are no sum of rows; without numbers, which would tell small groups."""
    wrong: list[str] = []
    so_far: list[_Row] = []
    for line, total, rows in totals:
        so_far += rows
        sums = [
            tuple(sum(counts[at] for own, counts in each if own == names) for at in (0, 1))
            for each in (rows, so_far)
            for names in {names for names, _ in each}
        ]
        if total not in sums:
            wrong.append(str(line))
    if not wrong:
        return []
    where = f"line {wrong[0]} is" if len(wrong) == 1 else f"lines {', '.join(wrong)} are"
    return [
        f"The total in {where} not the sum of the rows above: the rows are counted, so check which "
        "of them is right."
    ]


def _filled_down(
    cells: Sequence[Sequence[str]], layout: _Layout
) -> tuple[Sequence[Sequence[str]], list[str]]:
    """The rows with the name of a group in each of them that stands in the first of several.

    So merged cells look: a blank beside a sub-category, under a name that stands there once. Where
    names are repeated, a blank is nobody's name but a total of the column.
    """
    filled, notes = [list(row) for row in cells], list[str]()
    counted = [any(layout.counts_in(row)) for row in cells]
    for place, column in enumerate(layout.categories[:-1]):
        beside = [any(layout.categories_in(row)[place + 1 :]) for row in cells]
        given = [row[column].strip() for row in cells]
        crossed = [
            name
            for name, other, one in zip(given, beside, counted, strict=True)
            if name and other and one and key_of(name) not in _HEADS
        ]
        if len({*crossed}) < len(crossed):
            continue
        name, before = "", False
        for row, own, other, one in zip(filled, given, beside, counted, strict=True):
            if own:
                # On a line of its own, or with its first sub-category.
                name = own if other or not one else ""
            elif other and one and name and key_of(name) not in _HEADS:
                row[column], before = name, True
        if before:
            notes.append(
                f"Blank cells of {layout.names[column]!r} under a name were read as that name, as "
                "where cells are merged."
            )
    return filled, notes


def _of_people(cells: Sequence[Sequence[str]], layout: _Layout) -> bool:
    """Whether rows are people all the same, as where a column says how often each applied."""
    selected = layout.counts[1]
    outcomes = [row[selected].strip() for row in cells] if selected >= 0 else []
    keys = {key_of(text) for text in outcomes if text}
    said = {*keys_of("outcome", "yes"), *keys_of("outcome", "no")}
    if not keys or not keys <= said:
        return False
    groups = [tuple(row[at] for at in layout.categories) for row in cells]
    words = any(not key.isdigit() for key in keys)
    ids = any(key_of(name) in keys_of("columns", "id") for name in layout.names)
    return words or ids or 3 * len({*groups}) <= len(groups)


_HEADS = frozenset(
    key
    for name in ("applicants", "selected", "rejected", "perhaps_applicants")
    for key in keys_of("counts", name)
) | frozenset(keys_of("columns", "selected"))


def _named(heads: Sequence[str], values: Sequence[str], attribute: str) -> tuple[Group, Group]:
    """The attributes of a row that has a value in them, and the values."""
    if attribute and len(values) == 1:
        parts = _split(attribute)
        group = _split(values[0]) if len(parts) > 1 else (values[0],)
        return (parts, group) if len(parts) == len(group) else ((attribute,), (values[0],))
    filled = [
        (head, value)
        for head, value in zip(heads, values, strict=True)
        if value and key_of(value) not in keys_of("counts", "totals")
    ]
    if not filled:
        return (), ()
    return tuple(head for head, _ in filled), tuple(value for _, value in filled)


def _split(text: str) -> Group:
    for mark in ("*", " x ", " X ", "×"):
        if mark in text:
            return tuple(part.strip() for part in text.split(mark))
    return (text,)


def _counts(
    row: Sequence[str], layout: _Layout, line: int, problems: Problems
) -> tuple[int, int] | None:
    """People and selected of one row."""
    counts = {at: _whole(row[at]) for at in layout.counts if at >= 0}
    for at, count in counts.items():
        if count is None and _withheld(row[at]):
            problems.report(
                f"{some([row[at].strip()])} says that whoever published the table withheld the "
                "number; ask for it, or leave out the table or the group that has it",
                line=line,
            )
            return None
        if count is None:
            shown = f"{some([row[at].strip()])} is" if row[at].strip() else "a blank is"
            problems.report(f"{shown} no count; write a whole number", line=line)
            return None
    people, chosen, others = (counts.get(at) for at in layout.counts)
    if chosen is None and people is not None and others is not None:
        chosen = people - others
    if people is None and chosen is not None and others is not None:
        people = chosen + others
    assert people is not None
    assert chosen is not None
    if not 0 <= chosen <= people:
        problems.report(f"{chosen} selected of {people} people can't be", line=line)
        return None
    return people, chosen


def _joint(
    tables: Sequence[_Table], groups: Group, crossings: Sequence[frozenset[str]], problems: Problems
) -> tuple[dict[Group, Counts], list[str]]:
    """Counts by all the attributes asked for; ``""`` where no table tells."""
    if len(groups) == len(tables) == len(tables[0].names) == 1:
        # One table and one attribute: whatever the column is called, it is what was asked for.
        (name,) = tables[0].names
        if name in groups or key_of(groups[0]) in family_of(name):
            return tables[0].rows, []
        values = some(group for (group,) in tables[0].rows)
        family, other = family_of(groups[0]), attribute_of(one for (one,) in tables[0].rows)
        if family and other and other not in family:
            problems.report(
                f"the groups in {name!r} ({values}) are evidently of {other}, not of {groups[0]}; "
                f"ask for --by {other}",
                field=groups[0],
            )
        return tables[0].rows, [
            f"The column {name!r} names no attribute; its groups ({values}) were taken for "
            f"{groups[0]}, as --by asks."
        ]
    blocks = [block for table in tables if (block := _projected(table, groups))]
    blocks.sort(key=lambda block: -len(block.names))
    chosen: list[_Table] = []
    for block in blocks:
        if not any({*block.names} & {*other.names} for other in chosen):
            chosen.append(block)
    there = dict.fromkeys(name for table in tables for name in table.names)
    covered = {name for block in chosen for name in block.names}
    for name in groups:
        if name not in covered:
            problems.report(f"no table has this attribute; there are {some(there)}", field=name)
    for crossing in crossings:
        if crossing <= covered and not any(crossing <= {*block.names} for block in chosen):
            named = " and ".join(name for name in groups if name in crossing)
            problems.report(f"no table crosses {named}, so they can't be compared together")
    if problems.found:
        return {}, []
    notes: list[str] = []
    for block in chosen:
        for single in blocks:
            if single is not block and len(single.names) == 1 and {*single.names} < {*block.names}:
                notes += _complete(block, single, groups)
    if len(chosen) > 1:
        named = " and ".join("*".join(sorted(block.names)) for block in chosen)
        notes.append(
            f"{named} stand in tables of their own: how they combine isn't known, and nothing that "
            "is said here hangs on it."
        )
    made = chosen[0].rows
    for block in chosen[1:]:
        made = _paired(made, block.rows)
    return made, notes


def _projected(table: _Table, groups: Group) -> _Table | None:
    """A table by the attributes asked for alone; None if it has none of them."""
    at = {
        name: next((at for at, other in enumerate(table.names) if _names_any(other, (name,))), -1)
        for name in groups
    }
    named = tuple(name for name in groups if at[name] >= 0)
    rows: dict[Group, Counts] = {}
    for group, counts in table.rows.items():
        _add(rows, tuple(group[at[name]] if at[name] >= 0 else "" for name in groups), counts)
    return _Table(named, rows) if named else None


def _add(rows: dict[Group, Counts], group: Group, counts: Counts) -> None:
    """Count more people of a group; its line is that of the last."""
    people, selected, _ = rows.get(group, (0, 0, 0))
    rows[group] = (people + counts[0], selected + counts[1], counts[2])


def _complete(block: _Table, single: _Table, groups: Group) -> list[str]:
    """Add the people whose other attributes aren't known, so that both tables are kept."""
    (name,) = single.names
    at = groups.index(name)
    of: dict[Group, Counts] = {}
    for group, counts in block.rows.items():
        _add(of, (group[at],), counts)
    more: dict[Group, Counts] = {}
    for group, (people, selected, line) in single.rows.items():
        there = of.get((group[at],), (0, 0, 0))
        people, selected = people - there[0], selected - there[1]
        if not 0 <= selected <= people:
            crossed = "*".join(one for one in groups if one in block.names)
            return [
                f"The tables of {name} and of {crossed} don't agree (line {line}); {name} is "
                f"counted from that of {crossed}."
            ]
        if people:
            more[group] = (people, selected, line)
    block.rows |= more
    return []


def _paired(first: Mapping[Group, Counts], second: Mapping[Group, Counts]) -> dict[Group, Counts]:
    """Rows whose sums are those of both tables; the largest groups stand together.

    How many of one are in the other isn't known; every figure of either table hangs on its own
    sums alone.
    """
    made: dict[Group, Counts] = {}
    for outcome in (0, 1):
        rows = [_people_of(table, outcome) for table in (first, second)]
        while rows[0] or rows[1]:
            (one, left, line), (other, right, _) = (
                table[-1] if table else (("",) * len(next(iter(first))), 0, 0) for table in rows
            )
            both = min(left, right) or max(left, right)
            group = tuple(a or b for a, b in zip(one, other, strict=True))
            _add(made, group, (both, both * outcome, line))
            for table, row in zip(rows, ((one, left), (other, right)), strict=True):
                if table:
                    table[-1] = (row[0], row[1] - both, table[-1][2])
                    if not table[-1][1]:
                        table.pop()
    return made


def _people_of(table: Mapping[Group, Counts], outcome: int) -> list[tuple[Group, int, int]]:
    """Who was selected (1) or not (0) of each group, the smallest first."""
    numbers = [
        (group, selected if outcome else people - selected, line)
        for group, (people, selected, line) in table.items()
    ]
    return sorted((row for row in numbers if row[1]), key=lambda row: row[1])
