"""The page's server: routes from addresses to jobs, and who may call them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

import skimage
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from classsr.errors import ClassSRError
from classsr.inference.upscaler import Upscaler
from classsr.web.class_figures import class_figures
from classsr.web.enlargement import Enlargement
from classsr.web.guard import OwnPageOnly
from classsr.web.jobs import Job, Queue
from classsr.web.parts import Layer, Window, encode_part, enlarged_part, original_part
from classsr.web.uploads import largest_upload, read_upload, result_name, shown_name, write_download

PAGE = Path(__file__).parent / "page"
EXAMPLES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")
FORGOTTEN = "this picture is no longer in memory; drop it again"


class Pages:
    """What the routes share.

    models: names or paths, each loaded when it is needed first.
    """

    def __init__(self, models: Sequence[str], *, max_pixels: int) -> None:
        self.queue = Queue()
        self.models, self.max_pixels = list(models), max_pixels
        self._upscalers: dict[str, Upscaler] = {}
        self.queue.warm(partial(self._upscaler, self.models[0]))

    def _upscaler(self, model: str) -> Upscaler:
        """Called by the worker alone."""
        if model not in self._upscalers:
            # Each picture has a budget of its own; this one only keeps from measuring seconds.
            self._upscalers[model] = Upscaler(model, budget=1.0)
        return self._upscalers[model]

    async def about(self, request: Request) -> Response:
        """What can be chosen."""
        limit = largest_upload(self.max_pixels)
        return JSONResponse({"models": self.models, "examples": EXAMPLES, "max_bytes": limit})

    async def example(self, request: Request) -> Response:
        """One of the sample photographs."""
        name = request.path_params["name"]
        if name not in EXAMPLES:
            raise ClassSRError(f"{name}: no such example")
        content = (Path(skimage.__file__).parent / "data" / name).read_bytes()
        return Response(content, media_type="application/octet-stream")

    async def drop(self, request: Request) -> Response:
        """Take a file as the body of the request, no more of it than a picture may have."""
        name = shown_name(request.query_params.get("name", ""))
        model = request.query_params.get("model", self.models[0])
        if model not in self.models:
            raise ClassSRError(f"model {model}: expected one of {', '.join(self.models)}")
        limit = largest_upload(self.max_pixels)
        parts, size = [], 0
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise ClassSRError(f"{name}: has more than {limit >> 20} MiB; send a smaller file")
            parts.append(part)
        prepare = partial(
            self._prepare, parts, name, model, request.query_params.get("test") == "1"
        )
        job = Job(name, prepare)
        self.queue.add(job)
        return JSONResponse({"id": job.id})

    def _prepare(self, parts: list[bytes], name: str, model: str, is_test: bool) -> Enlargement:
        picture = read_upload(b"".join(parts), name, max_pixels=self.max_pixels)
        return Enlargement(picture, self._upscaler(model), is_test=is_test)

    def _job(self, request: Request) -> Job:
        job = self.queue.get(request.path_params["id"])
        if job is None:
            raise ClassSRError(FORGOTTEN)
        return job

    def _finished(self, request: Request) -> tuple[Job, Enlargement]:
        job = self._job(request)
        if job.enlargement is None or job.enlargement.result is None:
            raise ClassSRError(f"{job.name}: not enlarged yet")
        return job, job.enlargement

    async def status(self, request: Request) -> Response:
        """State, progress and numbers."""
        job = self._job(request)
        return JSONResponse({**job.status(), "before": self.queue.before(job)})

    async def budget(self, request: Request) -> Response:
        """Another budget in per cent; without one the classes decide."""
        job = self._job(request)
        text = request.query_params.get("percent", "")
        self.queue.request(job, budget=number(text) / 100 if text else None)
        return JSONResponse({})

    async def cancel(self, request: Request) -> Response:
        """Stop the work on a picture."""
        self.queue.cancel(self._job(request))
        return JSONResponse({})

    async def leave(self, request: Request) -> Response:
        """Forget a picture."""
        self.queue.drop(self._job(request))
        return JSONResponse({})

    def part(self, request: Request) -> Response:
        """What is on the screen of one layer."""
        job, query = self._job(request), request.query_params
        layer, enlargement = query.get("layer", "after"), job.enlargement
        if enlargement is None or layer not in get_args(Layer):
            raise ClassSRError(f"{job.name}: no such part")
        keys = ("left", "top", "width", "height", "wanted")
        asked = Window(*(int(number(query.get(key, ""))) for key in keys))
        window = asked.clipped(enlargement.picture.pixels.shape[:2])
        scale = enlargement.scale
        if layer == "after" and enlargement.result is not None:
            image = enlargement.result.step.upscaled.image
            pixels = enlarged_part(image, window, scale=scale)
        elif layer == "truth" and enlargement.truth is not None:
            pixels = enlarged_part(enlargement.truth.pixels, window, scale=scale)
        else:
            image = enlargement.picture.pixels
            pixels = original_part(image, window, scale=scale, smooth=layer != "nearest")
        exact = pixels.shape[1] == scale * window.width
        content, media_type = encode_part(pixels, enlargement.picture, exact=exact)
        return Response(content, media_type=media_type)

    def classes(self, request: Request) -> Response:
        """The class map's numbers."""
        return JSONResponse(class_figures(self._finished(request)[1]))

    def download(self, request: Request) -> Response:
        """The whole result as a file."""
        job, enlargement = self._finished(request)
        name = result_name(job.name)
        content = write_download(enlargement.enlarged(), name)
        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        headers = {"content-disposition": disposition}
        return Response(content, media_type="application/octet-stream", headers=headers)


def number(text: str) -> float:
    """A finite number of a query."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e9:
        raise ClassSRError(f"expected a number, found {text!r}")
    return value


def refused(request: Request, error: Exception) -> Response:
    """The sentence for what is refused."""
    return JSONResponse({"error": str(error)}, 404 if str(error) == FORGOTTEN else 400)


def create_app(models: Sequence[str], *, max_pixels: int, hosts: Sequence[str]) -> Starlette:
    """The application.

    hosts: the names under which it may be called, see `OwnPageOnly`.
    """
    pages = Pages(models, max_pixels=max_pixels)

    def api(path: str, call: Callable[..., Any], method: str = "GET") -> Route:
        return Route(f"/api/{path}", call, methods=[method])

    @asynccontextmanager
    async def until_closed(app: Starlette) -> AsyncIterator[None]:
        yield
        pages.queue.close()

    return Starlette(
        routes=[
            api("about", pages.about),
            api("examples/{name}", pages.example),
            api("pictures", pages.drop, "POST"),
            api("pictures/{id}", pages.status),
            api("pictures/{id}/budget", pages.budget, "POST"),
            api("pictures/{id}/cancel", pages.cancel, "POST"),
            api("pictures/{id}/leave", pages.leave, "POST"),
            api("pictures/{id}/part", pages.part),
            api("pictures/{id}/classes", pages.classes),
            api("pictures/{id}/download", pages.download),
            Mount("/", StaticFiles(directory=PAGE, html=True)),
        ],
        middleware=[Middleware(OwnPageOnly, hosts=hosts)],
        exception_handlers={ClassSRError: refused},
        lifespan=until_closed,
    )
