"""A client of the YAML language server, as small as an editor can be: JSON-RPC over the server's pipes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path


class LanguageServer:
    """One server on one folder. `ask` waits for the answer to a request and keeps what is told meanwhile."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.told: list[dict] = []
        self._last = 0
        self._server = subprocess.Popen(
            ["node", str(program), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        capabilities = {"textDocument": {"completion": {"completionItem": {}}, "publishDiagnostics": {}}}
        root = folder.as_uri()
        self.ask("initialize", {"processId": None, "rootUri": root, "capabilities": capabilities})
        self.tell("initialized", {})

    def open(self, path: Path, text: str) -> str:
        """Opens `path` as an editor that holds `text`; the name by which the server knows it."""
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def diagnostics(self, uri: str) -> list[dict]:
        """What the server underlines in the document."""
        while True:
            for message in self.told:
                about = message.get("params", {})
                if message.get("method") == "textDocument/publishDiagnostics" and about["uri"] == uri:
                    return about["diagnostics"]
            self._hear()

    def complete(self, uri: str, *, line: int, character: int) -> list[str]:
        """What the server offers there."""
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        return [offered["label"] for offered in self.ask("textDocument/completion", place)["items"]]

    def ask(self, method: str, params: dict) -> dict:
        self._last += 1
        self._send({"id": self._last, "method": method, "params": params})
        while True:
            message = self._hear()
            if message.get("id") == self._last and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def tell(self, method: str, params: dict) -> None:
        self._send({"method": method, "params": params})

    def close(self) -> None:
        self._server.kill()
        self._server.wait(timeout=10)

    def _send(self, message: dict) -> None:
        raw = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(raw), raw))
        self._server.stdin.flush()

    def _hear(self) -> dict:
        length = 0
        while (line := self._server.stdout.readline().strip()) or not length:
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
            assert line or length or self._server.poll() is None, "the server has ended"
        message = json.loads(self._server.stdout.read(length))
        if "method" in message and "id" in message:  # the server asks us: nothing to say
            empty = [None] * len(message["params"].get("items", ())) if message["params"] else None
            self._send({"id": message["id"], "result": empty})
        self.told.append(message)
        return message
