"""A package index on 127.0.0.1 that misbehaves on demand: cuts connections, ignores ranges, damages files."""

from __future__ import annotations

import http.server
import json
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Manners:
    """How the server behaves; changed between runs of a test."""

    cut_after: int | None = None
    """Bytes of a file that a connection brings before it is closed."""
    cuts_left: int = 1 << 30
    ranges: bool = True
    damage: bool = False
    missing: bool = False
    html: bool = False
    refused_agent: str | None = None
    refused_project: str | None = None
    """Programs whose User-Agent begins so are not shown the page of this project."""
    pause: float = 0
    """Seconds between pieces of 16 kB."""
    starts: list[tuple[str, int]] = field(default_factory=list)
    """File and first byte of every request for a file."""
    sent: int = 0


class CuttingServer:
    """Serves files by name in the simple repository API."""

    def __init__(self, files: dict[str, tuple[str, bytes]]):
        self.manners = Manners()
        outer, by_project = self, {}
        for name, (project, _) in files.items():
            by_project.setdefault(project, []).append(name)

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                parts = self.path.strip("/").split("/")
                agent = outer.manners.refused_agent
                refused = parts == ["simple", outer.manners.refused_project]
                if agent and refused and self.headers.get("User-Agent", "").startswith(agent):
                    self.send_error(403)
                elif parts[0] == "simple" and len(parts) == 2 and parts[1] in by_project and not outer.manners.missing:
                    self.page(by_project[parts[1]])
                elif parts[0] == "files" and parts[1] in files:
                    self.file(parts[1], files[parts[1]][1])
                else:
                    self.send_error(404)

            def page(self, names: list[str]) -> None:
                if outer.manners.html:
                    kind = "text/html"
                    body = "".join(f'<a href="../../files/{name}#sha256=0">{name}</a>' for name in names).encode()
                else:
                    kind = "application/vnd.pypi.simple.v1+json"
                    listed = [{"filename": name, "url": f"../../files/{name}"} for name in names]
                    body = json.dumps({"files": listed}).encode()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def file(self, name: str, body: bytes) -> None:
                manners, first = outer.manners, 0
                asked = self.headers.get("Range")
                if asked and manners.ranges:
                    first = int(asked[len("bytes="):].rstrip("-"))
                    self.send_response(206)
                    self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
                else:
                    self.send_response(200)
                manners.starts.append((name, first))
                self.send_header("Content-Length", str(len(body) - first))
                self.end_headers()
                last = len(body)
                if manners.cut_after is not None and manners.cuts_left > 0:
                    last = min(last, first + manners.cut_after)
                    manners.cuts_left -= 1
                body = bytes(len(body)) if manners.damage else body
                try:
                    while first < last:
                        piece = body[first:min(first + 16384, last)]
                        self.wfile.write(piece)
                        manners.sent += len(piece)
                        first += len(piece)
                        time.sleep(manners.pause)
                except OSError:
                    pass
                self.close_connection = True

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.index = f"http://127.0.0.1:{self.server.server_address[1]}/simple"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
