"""``evenhand serve``: the page on this machine, with a link that signs one browser in."""

from __future__ import annotations

import logging
import os
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

from evenhand.errors import BadInput, Stopped, need
from evenhand.language.check import OwnRules, read_own_rules
from evenhand.rehearsal import begin, foretell

HOST = "127.0.0.1"
PORT = 8417


def own_folder() -> Path:
    """Where the page keeps its things if nobody says: of this user, for data."""
    home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(home) if home else Path.home() / ".local" / "share") / "evenhand"


def serve(
    *,
    data: Path | None = None,
    port: int | None = None,
    open_browser: bool = True,
    own: OwnRules | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the page until it is stopped.

    Args:
        data: Folder for what is kept, which a second start finds again; ``own_folder`` if None.
        port: Of this machine's own address; if None the usual one, or a free one.
        open_browser: Whether to open the link; it is said either way.
        own: The user's allow-list and own words; those of ``evenhand.toml`` if None.
        say: Called with each sentence for the person who started it.

    Raises:
        BadInput: The port is taken.
        StorageError: The folder can't be used.
    """
    need("the page", "words", "page")
    import uvicorn

    from evenhand.web.app import make_app
    from evenhand.web.review import warm
    from evenhand.web.store import Store

    folder = data or own_folder()
    foretell(writes=[folder])
    begin()
    rules = read_own_rules() if own is None else own
    listening = listening_on(port)
    number = listening.getsockname()[1]
    hosts = frozenset({f"{HOST}:{number}", f"localhost:{number}"})
    store = Store(folder)
    app = make_app(store, hosts, rules)
    link = f"http://{HOST}:{number}/sign-in?key={app.state.site.keys.link}"
    say(f"The page is at {link}")
    say("The link works once, for one browser. Ctrl-C stops the page; what you did is kept.")
    threading.Thread(target=warm, daemon=True).start()
    if open_browser:
        threading.Timer(0.5, webbrowser.open, [link]).start()
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=5, server_header=False
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except (KeyboardInterrupt, Stopped):
        say("The page is stopped; what you did is kept.")
    finally:
        store.close()


def listening_on(port: int | None) -> socket.socket:
    """A socket on this machine's own address alone."""
    # Named, since asyncio sends at once (TCP_NODELAY) only where it knows the protocol.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for one in (PORT, 0) if port is None else (port,):
        try:
            found.bind((HOST, one))
        except OSError:
            continue
        return found
    found.close()
    raise BadInput(f"--port {port}: something else listens there; name another, or none")
