"""A long wire to the database: what the service sends arrives late, and is counted."""

import re
import socket
import threading
import time


class Wire:
    """Forwards connections; each message to the database waits `delay` seconds."""

    def __init__(self, url, delay):
        host, port = re.search(r"@([^:/]+):(\d+)/", url).groups()
        self.target, self.delay, self.trips = (host, int(port)), delay, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pairs = ((client, server, self.delay), (server, client, 0))
            for source, sink, delay in pairs:
                threading.Thread(target=self._pump, args=(source, sink, delay),
                                 daemon=True).start()

    def _pump(self, source, sink, delay):
        try:
            while data := source.recv(1 << 20):
                if delay:
                    self.trips += 1
                    time.sleep(delay)
                sink.sendall(data)
        except OSError:
            pass
        finally:
            source.close()
            sink.close()
