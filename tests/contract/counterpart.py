"""What the counterpart services in this folder share: an HTTP server on loopback that prints its port."""

import bisect
import email.utils
import http.server
import socket


class Refusal(Exception):
    """Answered instead of what act() would return."""

    def __init__(self, status, body, headers=None):
        super().__init__(status)
        self.status = status
        self.body = body if isinstance(body, bytes) else body.encode()
        self.headers = headers or {}


class Objects:
    """Objects by name, listed in the order of their bytes."""

    def __init__(self):
        self.by_name = {}
        self.order = []

    def put(self, name, value):
        if name not in self.by_name:
            bisect.insort(self.order, name)
        self.by_name[name] = value

    def drop(self, name):
        if self.by_name.pop(name, None) is None:
            return False
        self.order.remove(name)
        return True

    def page(self, prefix, at, most):
        """Names with that prefix from a position on, and whether more follow."""
        at = max(bisect.bisect_left(self.order, prefix), at)
        page = []
        while at < len(self.order) and self.order[at].startswith(prefix) and len(page) < most:
            page.append(self.order[at])
            at += 1
        return page, at < len(self.order) and self.order[at].startswith(prefix)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    address_family = socket.AF_INET

    def handle_error(self, request, client_address):
        """The live cases break connections on purpose."""


def serve(act):
    """act(method, target, headers, body) gives status, headers and body, or raises Refusal."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                status, headers, data = act(self.command, self.path, self.headers, body)
            except Refusal as why:
                status, headers, data = why.status, why.headers, why.body
            self.send_response_only(status)
            self.send_header("Date", email.utils.formatdate(usegmt=True))
            for key, value in headers.items():
                self.send_header(key, value)
            if status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD" and status != 204:
                self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
