"""A local server that answers as Unsplash's documentation says, and fails as it is told to."""

import hashlib
import io
import json
import math
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image

KEY = "the-access-key"


def draw_jpeg(name, width=96, height=64, quality=90, mirrored=False):
    """Draws a picture that depends on the name alone."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    image = Image.fromarray(blocks).resize((width, height), Image.Resampling.BICUBIC)
    if mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


class FakeUnsplash:
    """The server, its photographs and what it was asked.

    Attributes:
        results: Dict from search word to the ids that it finds.
        pictures: Dict from id to the picture's file; drawn where an id is missing.
        plus: Ids that belong to Unsplash+.
        faults: List of (pattern of the path, fault); each fault happens once. A fault is a status
            with headers and body, "cut", "die", "hang up" or a function of the handler.
        remaining: Requests left in this hour, or `None` for no limit.
        now: Seconds since 1970, by `clock`; `sleep` moves it on.
        asked: List of the paths with queries that were asked for.
        tracked: `Counter` of the ids whose download was told.
        pauses: List of the seconds slept.
    """

    limit = 50

    def __init__(self):
        self.results, self.pictures, self.plus = {}, {}, set()
        self.faults, self.asked, self.tracked = [], [], Counter()
        self.remaining, self.now, self.pauses = None, 1_700_000_000.0, []
        self.wrong = []
        self._port = 0
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    def start(self):
        """Starts to listen, at the same port as before."""
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                fake._answer(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        """Stops to listen: connections are refused."""
        self._server.shutdown()
        self._server.server_close()

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.pauses.append(seconds)
        hour = self.now // 3600
        self.now += seconds
        if self.remaining is not None and self.now // 3600 > hour:
            self.remaining = self.limit

    def count(self, pattern):
        """Returns how often paths that match were asked for."""
        return sum(bool(re.search(pattern, path)) for path in self.asked)

    def _answer(self, handler):
        path = handler.path
        self.asked.append(path)
        for number, (pattern, fault) in enumerate(self.faults):
            if re.search(pattern, path):
                del self.faults[number]
                return self._fail(handler, fault)
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/pictures/"):
            return self._send_picture(handler, parts.path.split("/")[-1], query)
        if handler.headers["Authorization"] != f"Client-ID {KEY}":
            return self._send_json(handler, {"errors": ["OAuth error: invalid"]}, 401)
        if handler.headers["Accept-Version"] != "v1":
            self.wrong.append(f"no version: {path}")
        if self.remaining is not None:
            if self.remaining == 0:
                return self._send(handler, 403, b"Rate Limit Exceeded", "text/plain")
            self.remaining -= 1
        if parts.path == "/search/photos":
            return self._search(handler, query)
        photo_id = re.fullmatch(r"/photos/([^/]+)/download", parts.path)[1]
        if query.get("ixid") != f"ix{photo_id}":
            self.wrong.append(f"query lost: {path}")
        self.tracked[photo_id] += 1
        return self._send_json(handler, {"url": f"{self.url}/pictures/{photo_id}"})

    def _search(self, handler, query):
        ids = self.results.get(query["query"], [])
        size = min(30, int(query.get("per_page", 10)))
        page = int(query.get("page", 1))
        found = {
            "total": len(ids),
            "total_pages": math.ceil(len(ids) / size),
            "results": [self.describe(each) for each in ids[(page - 1) * size : page * size]],
        }
        return self._send_json(handler, found, headers={"X-Total": len(ids), "X-Per-Page": size})

    def describe(self, photo_id):
        page = f"https://unsplash.com/photos/{photo_id}"
        raw = f"{self.url}/pictures/{photo_id}?ixid=ix{photo_id}&ixlib=rb-4.0.3"
        name = photo_id.partition("-")[0]
        return {
            "id": photo_id,
            "width": 960,
            "height": 640,
            "description": None,
            "plus": photo_id in self.plus,
            "urls": {"raw": raw, "full": raw + "&q=85", "regular": raw + "&w=1080"},
            "links": {
                "self": f"{self.url}/photos/{photo_id}",
                "html": page,
                "download": page + "/download",
                "download_location": f"{self.url}/photos/{photo_id}/download?ixid=ix{photo_id}",
            },
            "user": {
                "id": "u" + name,
                "username": name,
                "name": f'Ann "{name}"\nÅgård, jr.',
                "links": {"html": f"https://unsplash.com/@{name}"},
            },
        }

    def _send_picture(self, handler, photo_id, query):
        if "Authorization" in handler.headers:
            self.wrong.append("the key is shown to the server of the pictures")
        if query.get("ixid") != f"ix{photo_id}" or query.get("fm") != "jpg":
            self.wrong.append(f"query lost: {handler.path}")
        picture = self.pictures.get(photo_id)
        if picture is None:
            width = int(query["w"])
            picture = draw_jpeg(photo_id, width // 10, round(width * 640 / 960) // 10)
        self._send(handler, 200, picture, "image/jpeg")

    def _fail(self, handler, fault):
        if fault == "hang up":
            return handler.connection.close()
        if fault == "cut":
            picture = draw_jpeg("cut")
            return self._send(
                handler, 200, picture[:400], "image/jpeg", {"Content-Length": len(picture)}
            )
        if callable(fault):
            return fault(handler)
        status, headers, body = fault
        return self._send(handler, status, body, headers.get("Content-Type"), headers)

    def _send_json(self, handler, value, status=200, headers=None):
        self._send(handler, status, json.dumps(value).encode(), "application/json", headers)

    def _send(self, handler, status, body, kind, headers=None):
        headers = {"Content-Length": len(body), "Content-Type": kind, **(headers or {})}
        if self.remaining is not None and not handler.path.startswith("/pictures/"):
            headers |= {"X-Ratelimit-Limit": self.limit, "X-Ratelimit-Remaining": self.remaining}
        handler.send_response(status)
        for name, value in headers.items():
            if value is not None:
                handler.send_header(name, str(value))
        handler.end_headers()
        handler.wfile.write(body)
