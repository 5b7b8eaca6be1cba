"""`scripts/setup/models.sh hf:OWNER/NAME` against a server that answers as a model hub does: the files of a model come into a
folder of their own; what the hub refuses is said in one line, and nothing is left.

    python3 tests/setup/hub.py        needs the Python package index, for the hub's client
"""

import hashlib
import http.server
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

SCRIPT = Path(__file__).parent.parent.parent / "scripts/setup/models.sh"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    f"/small/e5-test/resolve/main/{name}": f"bytes of {name}".encode()
    for name in ("model.onnx", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "config.json")
} | {"/small/Llama-GGUF/resolve/main/Llama-Q4.gguf": b"GGUF and so on"}


class Hub(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.answer(False)

    def do_GET(self) -> None:
        self.answer(True)

    def answer(self, with_body: bool) -> None:
        owner_and_name = "/".join(self.path.split("/")[:3])
        body, code, error = FILES.get(self.path, b""), 200, None
        if not any(path.startswith(owner_and_name + "/") for path in FILES):
            code, error = (403, "GatedRepo") if "gated" in self.path else (404, "RepoNotFound")
        elif self.path not in FILES:
            code, error = 404, "EntryNotFound"
        self.send_response(code)
        if error:
            self.send_header("X-Error-Code", error)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = tempfile.TemporaryDirectory(prefix="pagemill-hub-")
    models = Path(home.name, "models")
    environment = dict(os.environ, PAGEMILL_HOME=home.name, HF_ENDPOINT=f"http://127.0.0.1:{server.server_port}",
                       HF_HUB_DISABLE_TELEMETRY="1", NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
    failed = 0

    def check(name: str, expected_code: int, said: str, files: set[str]) -> None:
        nonlocal failed
        run = subprocess.run(["bash", str(SCRIPT), name], env=environment, capture_output=True, text=True)
        there = {str(file.relative_to(models)) for file in models.rglob("*") if file.is_file()}
        if (run.returncode != 0) == (expected_code != 0) and said in run.stdout + run.stderr and there == files:
            print(f"hub: {name}: ok")
        else:
            failed += 1
            print(f"hub: {name}: FAILED: {run.returncode}, {there}\n{run.stdout}{run.stderr}", file=sys.stderr)

    folder = "small--e5-test"
    model = {f"{folder}/{Path(path).name}" for path in FILES if "e5" in path}
    check("hf:small/e5-test", 0, f'embedder.model = "{models}/{folder}"', model)
    check("hf:small/e5-test", 0, "is in place", model)
    both = model | {"small--Llama-GGUF/Llama-Q4.gguf"}
    check("hf:small/Llama-GGUF/Llama-Q4.gguf", 0, "generator.model = ", both)
    check("hf:small/Llama-GGUF/Other.gguf", 1, "small/Llama-GGUF has no Other.gguf", both)
    check("hf:small/gated", 1, "licence has to be accepted", both)
    check("hf:small/nowhere", 1, "no model is called small/nowhere", both)
    if any((models / folder / Path(path).name).read_bytes() != body for path, body in FILES.items() if "e5" in path):
        failed += 1
        print("hub: the bytes differ from what was sent", file=sys.stderr)
    sys.exit(1 if failed else 0)


main()
