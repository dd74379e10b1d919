"""An S3 server on the loopback interface, imitated by moto, that fails and is slow now and then."""

import contextlib
import itertools
import threading
import time


@contextlib.contextmanager
def run_failing_s3(patch, fail_every=0, slow_every=0, *, seconds=0.0):
    """Starts the server and lets this process and those that it starts use it.

    Args:
        patch: `pytest.MonkeyPatch`.
        fail_every: Every so many requests, one is answered by an error of the server.
        slow_every: Every so many requests, one is answered after `seconds`.

    Yields:
        Counter-like dict of the requests, those failed and those slow.
    """
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Silent(WSGIRequestHandler):
        def log(self, *told):
            pass

    imitated = DomainDispatcherApplication(create_backend_app)
    told = {"requests": 0, "failed": 0, "slow": 0}
    numbers, lock = itertools.count(1), threading.Lock()

    def application(environ, start_response):
        with lock:
            number = told["requests"] = next(numbers)
        if fail_every and number % fail_every == 0:
            told["failed"] += 1
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("500 Internal Server Error", [("Content-Type", "application/xml")])
            return [b"<Error><Code>InternalError</Code><Message>injected</Message></Error>"]
        if slow_every and number % slow_every == 0:
            told["slow"] += 1
            time.sleep(seconds)
        return imitated(environ, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "drawn")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
