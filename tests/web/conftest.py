"""The page of a running `classsr web`, and a browser to see it with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import classsr

CODE = str(Path(classsr.__file__).parent.parent)
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Every other host does not exist.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
MAX_PIXELS = 400_000
PATIENCE = 120_000  # milliseconds; a busy machine is slow, but a test that hangs ends


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is; temporary files of the server go into a folder that ends empty."""
    pytest.importorskip("uvicorn", reason="the extra 'web' is not installed")
    folder = tmp_path_factory.mktemp("temporary")
    command = [sys.executable, "-m", "classsr", "web", "--port", "0", "-n", "ClassSR_FSRCNN"]
    with subprocess.Popen(
        [*command, "FSRCNN_O", "--max-pixels", str(MAX_PIXELS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": CODE, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert found
        yield found[0]
        process.terminate()
        process.communicate(timeout=60)
    assert [path.name for path in folder.rglob("*") if path.name.startswith("classsr-web")] == []


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium without a window."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing; on Debian: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens the page; fails where it asks another host, or writes an error to the console."""
    strangers: list[str] = []
    errors: list[str] = []
    contexts = []

    def opened(
        *, width: int = 1400, height: int = 900, locale: str = "en-US", scheme: str = "light"
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: note(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#examples button")
        return page

    def note(url: str) -> None:
        if not url.startswith((address, "blob:", "data:")):
            strangers.append(url)

    yield opened
    for context in contexts:
        context.close()
    assert strangers == []
    assert errors == []
