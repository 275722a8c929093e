"""The parser: made of the tables of verbs and options; a verb's face is imported when it is called.

Values are read here, not by typer (whose way imports pydantic), and what can't be read is one
sentence that offers what is close. What the verbs are is ``first_screen``'s table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache, partial
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from evenhand.cli.first_screen import HELP_NAMES, PROGRAM, said_version, screen, verbs
from evenhand.cli.options import Given, refuse_overwriting, rehearse, row_of, signature_of
from evenhand.errors import BadInput, nearest, offered

_REFUSED: type[Exception] = typer.BadParameter.__mro__[2]
"""Everything that the parser refuses a command line with; typer exports only its children."""
_PLAIN: Mapping[str, Any] = {
    "context_settings": {"help_option_names": [*HELP_NAMES]},
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}
_LONG_DASHES = ("–", "—", "−")
"""What word processors make of two hyphens, or of one."""


def run(words: Sequence[str]) -> int:
    """Run a verb and give its exit code."""
    done = get_command(command_line()).main([*words], prog_name=PROGRAM, standalone_mode=False)
    return done or 0


def command_line(before: str = "") -> typer.Typer:
    """The command; of the verbs of two words that begin with one, where that is given."""
    app = typer.Typer(
        name=before or PROGRAM,
        cls=Verbs,
        add_completion=not before,
        **_PLAIN,
    )
    app.callback()(_no_verb if before else evenhand)
    return app


@cache
def parser_of(name: str) -> Any:
    """The parser of a verb, or of those that begin with this word; None where there is none."""
    if name in verbs():
        app = typer.Typer(add_completion=False, **_PLAIN)
        app.command(name.split()[-1], cls=Face)(face_of(name))
        return get_command(app)
    if any(verb.startswith(f"{name} ") for verb in verbs()):
        return get_command(command_line(name))
    return None


def face_of(name: str) -> Any:
    """A verb's function with the parameters that typer reads; its face is imported when called."""

    def face(context: typer.Context, **given: Any) -> object:
        said: dict[str, str] = {}
        for param in context.command.params:
            source = context.get_parameter_source(str(param.name))
            if source is not None and source.name == "COMMANDLINE":
                said[str(param.name)] = param.opts[0]
        from evenhand.cli import faces

        run = getattr(faces, name.replace("-", "_").replace(" ", "_"))
        return run(Given(given, said))

    signature = signature_of(name, verbs()[name].takes)
    vars(face)["__signature__"] = signature
    face.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    face.__doc__ = verbs()[name].help
    return face


class Verbs(TyperGroup):
    """Verbs by their names alone, until one is asked for."""

    def get_params(self, ctx: Any) -> Any:
        """As typer's, with values read here."""
        return _reading_here(super().get_params(ctx), self.callback)

    def _called(self, name: str = "") -> str:
        """A verb's whole name; without one, the word that this group's begin with."""
        before = "" if self.name == PROGRAM else str(self.name)
        return f"{before} {name}".strip()

    def list_commands(self, ctx: Any) -> list[str]:
        """The first words of the verbs, or the second of those that begin with this group's."""
        before = f"{self._called()} ".lstrip()
        rest = (name.removeprefix(before) for name in verbs() if name.startswith(before))
        return [*dict.fromkeys(name.split()[0] for name in rest)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A verb's parser, imported now."""
        return parser_of(self._called(cmd_name))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As typer's, but what isn't there is one sentence."""
        if args[0] not in self.list_commands(ctx) and not ctx.resilient_parsing:
            raise BadInput(_no_such_verb(ctx.command_path, args[0], self._called(args[0])))
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As typer's; without a verb the screen is shown and the command was wrong."""
        if not [word for word in args if word != "--"] and not ctx.resilient_parsing:
            sys.stderr.write(screen(self._called()))
            raise typer.Exit(2)
        with _in_one_sentence(ctx, args):
            return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The same screen as without the parser."""
        formatter.write(screen(self._called()))

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Names and sentences of the table; no face is imported to name it."""
        says = {name: verbs().get(self._called(name)) for name in self.list_commands(ctx)}
        named = TyperGroup(
            name=self.name,
            params=self.params,
            commands={
                name: TyperCommand(name, short_help=verb.says if verb else "")
                for name, verb in says.items()
            },
        )
        return named.shell_complete(
            typer.Context(named, info_name=ctx.info_name, resilient_parsing=True), incomplete
        )


class Face(TyperCommand):
    """A verb's options and arguments, with values as its function's annotations say."""

    allow_extra_args = True
    """They are refused here."""

    def get_params(self, ctx: Any) -> Any:
        """As typer's, with values read here."""
        return _reading_here(super().get_params(ctx), self.callback)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As typer's; an option whose hyphens a word processor replaced is offered as it is."""
        for word in args:
            if not word.startswith(_LONG_DASHES) or Path(word).exists():
                continue
            if flag := nearest(word.partition("=")[0], _flags(self)):
                raise BadInput(
                    f"{ctx.command_path}: {word} begins with a long dash; did you mean {flag}?"
                )
        self._refuse_twice(ctx, args)
        with _in_one_sentence(ctx, args):
            rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise BadInput(
                f"{ctx.command_path}: {rest[0]} is one too many; put a name with blanks in quotes, "
                f"and see {ctx.command_path} --help"
            )
        return rest

    def _refuse_twice(self, ctx: Any, args: Sequence[str]) -> None:
        """Refuse an option that takes one value and is given more: the parser keeps the last."""
        words = [word.partition("=")[0] for word in takewhile(lambda word: word != "--", args)]
        for param in self.params:
            taken = vars(param)  # an argument has no such things as flags
            alone = param.param_type_name == "option" and not taken["multiple"]
            alone = alone and not taken["is_flag"]
            given = sum(word in param.opts for word in words) if alone else 0
            if given > 1 and not ctx.resilient_parsing:
                row = row_of(str(param.name), str(self.name))
                commas = ", with commas between several values" if "commas" in row else ""
                raise BadInput(
                    f"{ctx.command_path}: {param.opts[0]} is given {given} times; write it once"
                    f"{commas}"
                )

    def invoke(self, ctx: Any) -> Any:
        """As typer's; with ``--dry-run`` the verb is rehearsed."""
        refuse_overwriting(ctx.command_path, ctx.params)
        if not ctx.params.get("dry_run"):
            return super().invoke(ctx)
        return rehearse(ctx.params, partial(super().invoke, ctx))


def _reading_here(params: Sequence[Any], face: Any) -> Sequence[Any]:
    """Parameters, which typer makes, with their values read here as the face's annotations say."""
    hints = get_type_hints(face, include_extras=True)
    for param in params:
        read = _reader(hints.get(str(param.name), str))
        vars(param)["process_value"] = partial(_value, param, read)
    return params


def _reader(hint: Any) -> Callable[[str], Any]:
    """How one value of an annotation is read; what it raises says what a value must be."""
    kind, *told = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    kinds = [one for one in get_args(kind) if one is not type(None)]
    if type(None) in get_args(kind):
        kind = kinds[0]
    if get_origin(kind) is list:
        (kind,) = get_args(kind)
    if get_origin(kind) is Literal:
        return partial(_one_of, get_args(kind))
    if issubclass(kind, StrEnum):
        return lambda word: kind(_one_of([*kind], word))
    if kind is int:
        return partial(_whole, *next(((one.min, one.max) for one in told), (None, None)))
    return {str: str, bool: str, Path: Path}[kind]  # another kind is to be read here first


def _one_of(choices: Sequence[str], word: str) -> str:
    if word in choices:
        return word
    *others, last = choices
    raise ValueError(f"write {', '.join(others)} or {last}{offered(word, choices)}")


def _whole(least: int | None, most: int | None, word: str) -> int:
    bounds = f", {least} or more" if least is not None else ""
    bounds = bounds if most is None else f" from {least or 0} to {most}"
    try:
        number = int(word)
    except ValueError:
        raise ValueError(f"write a whole number{bounds}") from None
    if (least is not None and number < least) or (most is not None and number > most):
        raise ValueError(f"write a whole number{bounds}")
    return number


def _value(param: Any, read: Callable[[str], Any], ctx: Any, value: Any) -> Any:
    """A parameter's value, of the command line or by default; None where there is none."""
    if param.callback is not None:
        return param.callback(ctx, param, value)
    flag = param.opts[0] if param.param_type_name == "option" else param.metavar
    if value is None or value in ((), []):
        if param.required:
            what = f"{param.help[:1].lower()}{param.help[1:]}".rstrip(".")
            raise BadInput(
                f"{ctx.command_path}: {flag} is missing ({what}); see {ctx.command_path} --help"
            )
        return None
    many = isinstance(value, list | tuple)
    found: list[Any] = []
    for one in value if many else (value,):
        try:
            found.append(read(one) if isinstance(one, str) else one)
        except ValueError as wrong:
            raise BadInput(f"{ctx.command_path}: {flag} {one}: {wrong}") from wrong
    return found if many else found[0]


@contextmanager
def _in_one_sentence(context: Any, args: Sequence[str]) -> Iterator[None]:
    """Say what typer's parser refuses in one sentence that offers what is close."""
    words = [*args]  # the parser takes them away
    try:
        yield
    except _REFUSED as refused:
        raise BadInput(_sentence(refused, context, words)) from refused


def _sentence(refused: Any, context: Any, words: Sequence[str]) -> str:
    path = context.command_path
    if not hasattr(refused, "possibilities"):
        said = refused.format_message().rstrip(".")
        return f"{path}: {said[:1].lower()}{said[1:]}; see {path} --help"
    name = refused.option_name
    if not name.startswith("--"):  # -outcomes is read as -o -u …
        name = next((word for word in words if word.startswith(name)), name).partition("=")[0]
    flags, see = _flags(context.command), f"; see {path} --help"
    where = " before a verb" if context.command_path == PROGRAM else ""
    return f"{path}: there is no option {name}{where}{offered(name, flags) or see}"


def _no_such_verb(path: str, word: str, called: str) -> str:
    """That there is none, with what is close: a verb, an option, or the verb for a file."""
    if Path(word).is_file():
        return f"{PROGRAM}: {word} is a file and no verb; did you mean {PROGRAM} check {word}?"
    names = {name: name for name in verbs()} | {flag[2:]: flag for flag in ("--help", "--version")}
    close = names.get(nearest(called, names))
    end = f"did you mean {close}?" if close else f"see {path} --help"
    return f"{path}: there is no verb {word}; {end}"


def _flags(command: Any) -> list[str]:
    return [*HELP_NAMES, *(name for param in command.params for name in param.opts if "-" in name)]


def _no_verb() -> None:
    """Nothing of its own: a group of verbs."""


def _version(asked: bool) -> None:
    """Say the version and end."""
    if asked:
        sys.stdout.write(said_version())
        raise typer.Exit


def evenhand(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Reword job ads so that a matching engine ranks qualified people of every group alike."""
    del version
