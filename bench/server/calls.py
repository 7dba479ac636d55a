"""The requests that are compared: their text, with a mark where the key goes, and how to read the row of an answer."""

import http.client
import json

MARK = "@@@@@@"  # keys have six digits
STATEMENT = "SELECT id, name, balance FROM bench_db.entries WHERE id = $1"
AD_HOC = STATEMENT.replace("$1", MARK)
REVISION = "2026-07-28"  # of MCP: the stateless one, which all three servers speak


def row_of(key):
    """The row of the table with this key, by the arithmetic that filled it."""
    return [key, f"Customer {key * 31 % 20011}", key * 15485863 % 10000019 / 100]


class Call:
    """A request, the same but for its key, to one server."""

    def __init__(self, server, name, path, body, headers=None):
        self.server = server
        self.name = name
        self.path = path
        self.body = body.replace(f'"{MARK}"', MARK)
        self.headers = {"Content-Type": "application/json", **(headers or {})}

    def text(self):
        head = [f"POST {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.server.port}",
                *(f"{name}: {value}" for name, value in self.headers.items()),
                f"Content-Length: {len(self.body)}"]
        return "\r\n".join(head) + "\r\n\r\n" + self.body

    def answer(self, key):
        """The body of the answer to one request; None when it is none of success."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request("POST", self.path, self.body.replace(MARK, str(key)), self.headers)
            response = connection.getresponse()
            body = response.read().decode()
        finally:
            connection.close()
        return body if response.status == 200 else None

    def row(self, key):
        """The values of the one row that it is answered with, in order."""
        body = self.answer(key)
        rows = list(rows_in(body)) if body else []
        if len(rows) != 1:
            raise RuntimeError(f"{self.server.name} did not answer {self.path} with one row, but: {body}")
        row = rows[0]
        values = list(row.values()) if isinstance(row, dict) else row
        return [int(values[0]), values[1], float(values[2])]

    def check(self):
        for key in (100000, 271828, 314159, 999999):
            if self.row(key) != row_of(key):
                raise RuntimeError(f"{self.server.name} reads {self.row(key)} where {row_of(key)} is")


def rows_in(body):
    """The rows of an answer, whichever of these servers wrote it."""
    data = [line[6:] for line in body.splitlines() if line.startswith("data: ")]  # an event stream
    answer = json.loads(data[-1] if data else body)
    if "jsonrpc" not in answer:
        yield from answer["data"]  # Penstock's REST
        return
    result = answer["result"]
    if result.get("isError"):
        return
    if "structuredContent" in result:  # Penstock's tools
        yield from result["structuredContent"]["rows"]
        return
    for content in result["content"]:
        text = json.loads(content["text"])
        if "data" in text:  # DBHub
            for statement in text["data"]["statements"]:
                yield from statement["rows"]
        else:
            yield text  # Toolbox: a row each


def tool_call(server, tool, arguments):
    """A call of a tool over MCP. Its id is the key, so that each answer says which request it is for."""
    meta = {"io.modelcontextprotocol/protocolVersion": REVISION,
            "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {}}
    body = {"jsonrpc": "2.0", "id": MARK, "method": "tools/call",
            "params": {"name": tool, "arguments": arguments, "_meta": meta}}
    return Call(server, f"MCP `{tool}`", "/mcp", json.dumps(body, separators=(",", ":")),
                {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": REVISION,
                 "Mcp-Method": "tools/call", "Mcp-Name": tool})


def rest_query(server):
    body = {"database": "bench_db", "sql": STATEMENT, "params": [MARK]}
    return Call(server, "REST `/v1/query`", "/v1/query", json.dumps(body, separators=(",", ":")))
