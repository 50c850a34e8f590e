"""Who may ask the server for what."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from classsr import ClassSRError
from classsr.cli.main import dispatch
from classsr.cli.web import announcement


def ask(
    address: str, path: str, *, body: bytes | None = None, **headers: str
) -> tuple[int, bytes, str]:
    """Status, content and content security policy of an answer."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(address + path, data=body, headers=names)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read(), answer.headers["content-security-policy"]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers["content-security-policy"]


def test_the_browser_is_told_to_ask_nobody_else(address: str) -> None:
    for path in ("", "app.js", "api/about"):
        status, _, policy = ask(address, path)
        assert status == 200
        assert policy.startswith("default-src 'self';")


def test_the_page_names_no_other_host() -> None:
    page = Path(__file__).parents[2] / "codes" / "classsr" / "web" / "page"
    files = [path for path in page.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"index.html", "app.js", "style.css"}
    for path in files:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "//" not in text.replace("// ", "")


def test_other_sites_are_refused(address: str) -> None:
    assert ask(address, "api/about", host="evil.example")[0] == 403
    assert ask(address, "api/pictures", body=b"x", origin="http://evil.example")[0] == 403
    own = address.rstrip("/")
    assert ask(address, "api/pictures", body=b"x", origin=own)[0] == 200


def test_what_cannot_be_answered_is_told_in_a_sentence(address: str) -> None:
    expected = {
        "api/pictures/unknown": (404, "drop it again"),
        "api/examples/..%2f..%2fREADME.txt": (404, ""),
        "api/examples/README.txt": (400, "no such example"),
        "api/pictures?model=/etc/passwd": (400, "expected one of ClassSR_FSRCNN"),
    }
    for path, (status, sentence) in expected.items():
        body = b"x" if "?" in path else None
        found, content, _ = ask(address, path, body=body)
        assert found == status
        assert sentence in content.decode()


def test_a_file_of_too_many_bytes_is_refused(address: str) -> None:
    limit = json.loads(ask(address, "api/about")[1])["max_bytes"]
    status, content, _ = ask(address, "api/pictures?name=large.tif", body=bytes(limit + 1))
    assert (status, b"large.tif: has more than" in content) == (400, True)


def test_a_port_that_is_taken_is_told_in_one_line(address: str) -> None:
    port = address.rsplit(":", 1)[1].rstrip("/")
    with pytest.raises(ClassSRError, match=rf"127\.0\.0\.1:{port}: cannot be listened on"):
        dispatch(["web", "--port", port], "classsr")


def test_models_are_looked_for_before_the_page_opens() -> None:
    with pytest.raises(ClassSRError, match="model nothing"):
        dispatch(["web", "-n", "nothing"], "classsr")


def test_an_open_address_is_told_to_be_one() -> None:
    assert "everyone" not in announcement("http://127.0.0.1:1/", is_private=True)
    place, warning = announcement("http://0.0.0.0:1/", is_private=False).splitlines()
    assert "http://0.0.0.0:1/" in place
    assert "everyone who can reach this machine" in warning
