"""A plain web server of a folder, as hosts of static files are: no headers of its own."""

import contextlib
import functools
import http.server
import threading


@contextlib.contextmanager
def served(folder, port=0):
    """Yields the address of a folder until the block ends; nobody answers there then."""
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
