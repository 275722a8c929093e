"""The faces of the verbs about stereotyped preferences: probe, mitigate, probe-report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from evenhand.cli import options, show
from evenhand.cli.progress import Foretelling, bars
from evenhand.errors import BadInput

if TYPE_CHECKING:
    from evenhand.mitigate.probes.kinds import Source

Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="A bundled model, a folder of weights or a hub id.")
]
Kind = Annotated[str, typer.Option("--kind", help="gender, nationality, ethnicity, religion, …")]
Templates = Annotated[
    Path | None,
    typer.Option("--templates", help="Folder of templates in UnQover's format; ours if left out."),
]


def probe(
    model: Model,
    kind: Kind,
    out: Annotated[Path, typer.Option("--out", help="Where probe.json is written.")],
    templates: Templates = None,
    mitigation: Annotated[
        Path | None, typer.Option("--mitigation", help="Folder of `evenhand mitigate`.")
    ] = None,
    examples: Annotated[int, typer.Option("--n", min=1, help="Probes; four prompts each.")] = 1000,
    side: Annotated[
        Literal["held-out", "training", "all"],
        typer.Option("--side", help="Probes that layers are never trained on, the others, or all."),
    ] = "held-out",
    form: Annotated[
        str, typer.Option("--form", help="shown, answer, infill or chat: how probes are put.")
    ] = "shown",
    seed: options.Seed = 0,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Measure which people a model prefers where a text favours nobody.

    Example: evenhand probe smollm2-135m-instruct --kind gender --out probe.json
    """
    from evenhand.audit.page.probes import SIDES
    from evenhand.verbs.probe import probe as run

    with bars(quiet=as_json) as progress:
        found = run(
            model,
            kind,
            templates=templates,
            source=source_of(templates),
            mitigation=mitigation,
            examples=examples,
            seed=seed,
            form=form,
            side=side,
            out=out,
            progress=Foretelling(progress, _say),
        )
    if as_json:
        show.print_json(found)
        return
    which = SIDES[found["probes"]["side"]]
    title = f"{kind}: {found['metrics']['examples']} probes, {which}"
    show.table(title, *found.shown_table())
    if found["metrics"]["refused"]:
        show.note([f"{found['metrics']['refused']}."])
    show.say(f"written to {out}")


def mitigate(
    context: typer.Context,
    model: Model,
    kind: Annotated[
        list[str], typer.Option("--kind", help="Kind of bias to even out; repeatable.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run.")],
    templates: Templates = None,
    config: options.ConfigFile = None,
    override: options.Set = None,
    seed: options.SeedOrConfig = None,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Train a small layer that evens out stereotyped preferences; the model is frozen; resumable.

    Example: evenhand mitigate smollm2-135m-instruct --kind gender --out runs/gender
    """
    from evenhand.verbs.mitigate import mitigate as run

    unread = ("matcher", "spans", "sampling", "gates", "reward", "align", "ilql", "rewrite")
    options.refuse_unread_settings(override, "mitigate", *unread)
    settings = options.settings(config, override, context.params)
    with bars(quiet=as_json) as progress:
        found = run(
            model,
            kind,
            settings,
            out=out,
            source=source_of(templates),
            templates=templates,
            progress=Foretelling(progress, _say),
        )
    if as_json:
        show.print_json(found)
        return
    show.say(
        f"trained on {found['usable_examples']} probes and {found['keep_rows']} places to keep: "
        f"{out}"
    )
    same = ("--kind", kind[0], *(("--templates", templates) if templates else ()))
    after = ("--mitigation", out, "--out", out.with_name(f"{out.name}-after.json"))
    show.next_line("probe", model, *same, *after)


def probe_report(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="probe.json of the base.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="probe.json with the layer.")],
    out: Annotated[Path, typer.Option("--out", help="The page, .html.")],
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Set two probes of the same kind side by side in one page.

    Example: evenhand probe-report before.json after.json --out report.html
    """
    from evenhand.verbs.probe_report import probe_report as run

    found = run(before, after, out=out)
    if as_json:
        show.print_json(found)
        return
    show.say("\n".join(found["sentences"]))
    show.say(f"written to {out}")


def source_of(templates: Path | None) -> Source:
    """UnQover's format where a folder with ``slots`` was named, else ours.

    Raises:
        BadInput: The folder isn't there.
    """
    if templates is None:
        return "hiring"
    if not templates.is_dir():
        raise BadInput(f"--templates {templates}: no such folder; name one with probe templates")
    return "unqover" if (templates / "slots").is_dir() else "hiring"


def _say(sentence: str) -> None:
    show.note([sentence])
