"""A local server that answers `huggingface_hub` as the Hugging Face Hub does."""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

TOKEN = "hf_of_the_user"


class FakeHub:
    """The server and its repositories.

    Attributes:
        url: Its address, as `HF_ENDPOINT` takes it.
        repositories: Dict from `owner/name` to the files of its one commit, a dict from paths to
            bytes.
        private: Set of the names of repositories that need `TOKEN`.
        asked: List of method and path of each request.
        tokens: Set of the tokens with which something was changed.
    """

    def __init__(self):
        self.repositories, self.private = {}, set()
        self.asked, self.tokens = [], set()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                fake.asked.append(f"{self.command} {self.path}")
                size = int(self.headers.get("Content-Length", 0))
                fake._answer(self, self.rfile.read(size))

            do_GET = do_HEAD = do_POST = answer

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, handler, body):
        path = handler.path.partition("?")[0]
        token = handler.headers.get("authorization", "").removeprefix("Bearer ")
        if path == "/api/repos/create":
            return self._create(handler, json.loads(body), token)
        if path == "/api/validate-yaml":
            return _send(handler, {"errors": _faults(json.loads(body)["content"]), "warnings": []})
        found = re.fullmatch(r"/api/models/([^/]+/[^/]+)/(\w+)/(\w+)(?:/(.*))?", path)
        if found is None:
            found = re.fullmatch(r"/([^/]+/[^/]+)/(resolve)/(\w+)/(.*)", path)
        name, verb = (found[1], found[2]) if found else (None, None)
        if name not in self.repositories or (name in self.private and token != TOKEN):
            return _send(handler, {"error": "no"}, 401, {"X-Error-Code": "RepoNotFound"})
        files = self.repositories[name]
        if handler.command == "POST":
            if token != TOKEN:
                return _send(handler, {"error": "log in"}, 401)
            self.tokens.add(token)
            return _send(handler, self._change(name, verb, body))
        if verb == "revision":
            siblings = [{"rfilename": path} for path in files]
            return _send(handler, {"id": name, "sha": _commit(files), "siblings": siblings})
        if verb == "tree":
            return _send(handler, [_entry(path, data) for path, data in files.items()])
        if found[4] not in files:
            return _send(handler, {}, 404, {"X-Error-Code": "EntryNotFound"})
        data = files[found[4]]
        headers = {"ETag": f'"{_digest(data)}"', "X-Repo-Commit": _commit(files)}
        return _send(handler, data, 200, headers)

    def _create(self, handler, wanted, token):
        if token != TOKEN:
            return _send(handler, {"error": "log in"}, 401)
        self.tokens.add(token)
        name = f"{wanted['organization']}/{wanted['name']}"
        self.repositories.setdefault(name, {})
        if wanted.get("private") or wanted.get("visibility") == "private":
            self.private.add(name)
        return _send(handler, {"url": f"{self.url}/{name}"})

    def _change(self, name, verb, body):
        if verb == "preupload":
            return {
                "files": [
                    {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                    for file in json.loads(body)["files"]
                ]
            }
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                value = line["value"]
                self.repositories[name][value["path"]] = base64.b64decode(value["content"])
        commit = _commit(self.repositories[name])
        return {"commitUrl": f"{self.url}/{name}/commit/{commit}", "commitOid": commit}


def _faults(card):
    front = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    known = {"library_name", "license", "pipeline_tag", "tags"}
    is_known = front and set(yaml.safe_load(front[1])) <= known
    return [] if is_known else [{"message": "the card's YAML is not understood"}]


def _send(handler, answer, status=200, headers=()):
    is_file = isinstance(answer, bytes)
    data = answer if is_file else json.dumps(answer).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "text/plain" if is_file else "application/json")
    handler.send_header("Content-Length", str(len(data)))
    for header, value in dict(headers).items():
        handler.send_header(header, value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(data)


def _digest(data):
    return hashlib.sha1(data).hexdigest()


def _commit(files):
    return _digest(repr(sorted(files.items())).encode())


def _entry(path, data):
    return {"type": "file", "path": path, "size": len(data), "oid": _digest(data)}
