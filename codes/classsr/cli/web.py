"""Open a page on which pictures are enlarged, compared and given a budget: classsr web"""

from __future__ import annotations

import argparse
import socket
import webbrowser
from importlib.util import find_spec

from classsr.errors import ClassSRError
from classsr.runtime.load import find_model

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PACKAGES = ("starlette", "uvicorn")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 is all of this machine")
    add("--port", type=int, default=7860, help="port to listen on; 0 takes a free one")
    add(
        "-n",
        "--model",
        nargs="+",
        default=["ClassSR_SESR", "ClassSR_FSRCNN"],
        help="names, checkpoints or exported folders to choose from, the first by default",
    )
    add("--max-pixels", type=int, default=16_000_000, help="of a picture that is dropped")
    add("--open", action="store_true", help="open the page in a browser")


def run(arguments: argparse.Namespace) -> None:
    """Serve the page until the process is interrupted."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise ClassSRError(
            f"web: {' and '.join(missing)} not installed; run: pip install 'classsr[web]'"
        )
    for model in arguments.model:
        find_model(model)
    import uvicorn

    from classsr.web.server import create_app

    is_private = arguments.host in LOOPBACK
    listener = listen(arguments.host, arguments.port)
    app = create_app(
        arguments.model, max_pixels=arguments.max_pixels, hosts=LOOPBACK if is_private else ()
    )
    shown = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    address = f"http://{shown}:{listener.getsockname()[1]}/"
    print(announcement(address, is_private=is_private), flush=True)
    if arguments.open:
        webbrowser.open(address)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False)).run([listener])


def announcement(address: str, *, is_private: bool) -> str:
    """Where the page is, and who else can open it."""
    line = f"the page is at {address}; Ctrl+C ends it"
    if is_private:
        return line
    return f"{line}\neveryone who can reach this machine can open the page, without a password"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that a port that is taken is told in one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ClassSRError(
            f"{host}:{port}: cannot be listened on ({reason}); choose another --port or --host"
        ) from error
