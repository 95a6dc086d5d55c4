"""A hub on this machine that behaves as the repository's name says: see the tests. Prints its port, ends with its input."""
import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlparse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = bytes((i * 7 + i // 251) % 256 for i in range(300_000))
FILES = {
    "model_index.json": b'{"_class_name": "StableDiffusionPipeline"}\n', "README.md": b"hello world\n",
    "unet/config.json": b"{}\n", "unet/diffusion_pytorch_model.safetensors": LARGE,
    "unet/diffusion_pytorch_model.fp16.safetensors": LARGE[:1000], "unet/diffusion_pytorch_model.bin": LARGE[:2000],
    "tokenizer/merges.txt": "#version: 0.2\nä b\n".encode(), "a single.safetensors": LARGE[:5000]}
seen, counts, lock = [], {}, threading.Lock()


def entry(path, data, name):
    size = len(data) + {"short": 50_000, "long": -10}.get(name, 0)
    if len(data) < 900:
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        return {"rfilename": path, "size": len(data), "blobId": blob}
    digest = hashlib.sha256(data).hexdigest() if name != "wrong" else "0" * 64
    return {"rfilename": path, "size": 134, "blobId": "0" * 40, "lfs": {"sha256": digest, "size": size, "pointerSize": 134}}


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", length=None, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None and length != len(body):
            self.close_connection = True

    def do_GET(self):
        path = unquote(urlparse(self.path).path)
        if path == "/seen":
            return self.answer(200, json.dumps(seen).encode())
        with lock:
            counts[path] = count = counts.get(path, 0) + 1
            seen.append({"host": self.headers["Host"].split(":")[0], "path": path,
                         "token": self.headers.get("Authorization", ""), "range": self.headers.get("Range", "")})
        parts = path.split("/")
        if path.startswith("/api/models/"):
            return self.listing(parts[4], count)
        if parts[1] == "cdn":
            return self.file(parts[2], "/".join(parts[3:]), count)
        name, file = parts[2], "/".join(parts[5:])
        if parts[4] != COMMIT:
            return self.answer(404, X_Error_Code="EntryNotFound")
        if name == "away":
            return self.answer(302, Location="http://weights.invalid/stolen")
        if name == "circle":
            return self.answer(302, Location=self.path)
        if len(FILES[file]) >= 900:  # large files are elsewhere
            return self.answer(302, Location=f"http://localhost:{self.server.server_port}/cdn/{name}/{quote(file)}")
        return self.file(name, file, count)

    def listing(self, name, count):
        if name == "private":
            return self.answer(401, X_Error_Code="RepoNotFound")
        if name == "gated":
            return self.answer(403, X_Error_Code="GatedRepo")
        if name == "down":
            return self.answer(503)
        if name == "busy" and count < 3:
            return self.answer(429, Retry_After="7")
        if name == "html":
            return self.answer(200, b"<html>sign in</html>")
        files = {path: data for path, data in FILES.items() if name != "one" or path == "a single.safetensors"}
        entries = [entry(path, data, name) for path, data in files.items()]
        if name == "escape":
            entries.append({"rfilename": "unet/../../evil.json", "size": 1, "blobId": "0" * 40})
        body = json.dumps({"sha": COMMIT, "siblings": entries, "gated": False}).encode()
        return self.answer(200, body)

    def file(self, name, path, count):
        data = FILES[path]
        if name == "long":
            return self.answer(200, data)
        begin = self.headers.get("Range", "")
        begin = int(begin[6:-1]) if begin and name != "stubborn" else 0
        rest, status, fields = data[begin:], 200, {}
        if begin:
            status, fields = 206, {"Content_Range": f"bytes {begin}-{len(data) - 1}/{len(data)}"}
        if name in ("cut", "stubborn") and count == 1 and len(rest) > 100_000:
            return self.answer(status, rest[:150_000], len(rest), **fields)
        if name == "short" and len(data) > 100_000 and begin >= len(data):
            return self.answer(416)
        return self.answer(status, rest, **fields)


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
