"""What knowing who asks costs: identities, limits and the audit log, off and on; and what one principal's flood does
to another."""

import hashlib
import json
import os
import statistics
import subprocess
import time
from pathlib import Path

from calls import MARK, rest_query, tool_call
from figures import Figure
from load import Load
from servers import TOOLS, postgresql_datasource, run_penstock

FLOOD_SCRIPT = Path(__file__).with_name("flood.lua")
STEADY, FLOOD = "steady", "flood"
FLOOD_PER_MINUTE = 6_000  # what the flood's principal may ask
FLOOD_CONNECTIONS = 10
FLOOD_PAUSE_MS = 10  # of each connection after each answer: 1,000 requests a second, ten times the rate
CLIENTS = 8
FLOOD_SECONDS = 10  # of each side, with the flood's allowance used up
FLOOD_ROUNDS = 3

PRINCIPALS = f"""\
principals:
  {STEADY}:
    databases: [bench_db]
    limits: {{requests_per_minute: 100000000, max_concurrent: 1000, queue_share: 1}}
  {FLOOD}:
    databases: [bench_db]
    limits: {{requests_per_minute: {FLOOD_PER_MINUTE}, max_concurrent: 1000, queue_share: 1}}
"""

# Of a table that no measured query reads.
MASKS = """\
    mask_secret: "no secret: a bench's"
    mask: {bench_db: {people: {name: hash, born: null}}}
"""


def key_of(principal, number=0):
    return "psk_" + hashlib.sha256(f"{principal} {number}".encode()).hexdigest()


def keys_yaml(count):
    """So many keys, the first two of which are used."""
    text = "keys:\n"
    for number in range(count):
        principal = FLOOD if number == 1 else STEADY
        digest = hashlib.sha256(key_of(principal, number if number > 1 else 0).encode()).hexdigest()
        text += f"  - {{sha256: {digest}, principal: {principal}, created: 2026-01-01T00:00:00Z}}\n"
    return text


def start_plain(directory, bank):
    """PostgreSQL alone, and everybody is let in."""
    folder = directory / "plain"
    folder.mkdir()
    (folder / "datasources.yaml").write_text("datasources:\n" + postgresql_datasource("bench", bank.port, "bench_db"))
    (folder / "tools.yaml").write_text(TOOLS)
    return run_penstock(folder)


def start_guarded(directory, bank, keys):
    """The same with principals that have limits, so many keys, an audit log, and masks on another table."""
    folder = directory / f"guarded-{keys}"
    folder.mkdir()
    (folder / "datasources.yaml").write_text("datasources:\n" + postgresql_datasource("bench", bank.port, "bench_db", MASKS))
    (folder / "tools.yaml").write_text(TOOLS)
    (folder / "principals.yaml").write_text(PRINCIPALS)
    (folder / "keys.yaml").write_text(keys_yaml(keys))
    os.chmod(folder / "keys.yaml", 0o600)
    (folder / "server.yaml").write_text("server:\n  audit: {path: audit.jsonl, max_file_bytes: 1GiB}\n")
    return run_penstock(folder)


def with_key(call, principal=STEADY):
    call.headers["Authorization"] = f"Bearer {key_of(principal)}"
    return call


def own_tool(server):
    return tool_call(server, "entry_by_id", {"id": MARK})


def lines_of_log(server):
    return sum(1 for _ in open(server.log.parent / "audit.jsonl", "rb"))


class Flood:
    """Asks ten times as often as its principal may, while it lives."""

    def __init__(self, server, directory):
        request = directory / "flood.http"
        request.write_text(with_key(own_tool(server), FLOOD).text().replace(MARK, "271828"))
        self.request = str(request)
        self.url = f"http://127.0.0.1:{server.port}"

    def command(self, connections, seconds, pause_ms):
        return ["wrk", "--threads", "1", "--connections", str(connections), "--timeout", "10s", "--script",
                str(FLOOD_SCRIPT), self.url, "--duration", f"{seconds}s", "--", self.request, str(pause_ms)]

    @staticmethod
    def measured_in(output):
        return json.loads(next(line for line in output.splitlines() if line.startswith("{")))

    def use_up(self):
        """Until it is answered no more often than its allowance grows: what it may ask at once is a whole minute's."""
        for _ in range(10):
            output = subprocess.run(self.command(32, 1, 0), check=True, capture_output=True, text=True).stdout
            measured = self.measured_in(output)
            if measured["answered"] <= 2 * FLOOD_PER_MINUTE / 60 * measured["seconds"]:
                return
        raise RuntimeError("nobody turns the flood away")

    def __enter__(self):
        self.use_up()
        # Longer than what is measured meanwhile.
        command = self.command(FLOOD_CONNECTIONS, FLOOD_SECONDS + 1, FLOOD_PAUSE_MS)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        output, _ = self.process.communicate()
        self.measured = self.measured_in(output)


def flood_figures(server, directory):
    """Another's 99th percentile, alone and beside the flood, in turn."""
    steady = Load(with_key(own_tool(server)))
    steady.check(CLIENTS)
    flood = Flood(server, directory)
    alone, beside, answered, turned_away, seconds = [], [], 0, 0, 0.0
    for _ in range(FLOOD_ROUNDS):
        alone.append(steady.run(CLIENTS, FLOOD_SECONDS)["p99_ms"])
        with flood:
            beside.append(steady.run(CLIENTS, FLOOD_SECONDS)["p99_ms"])
        answered += flood.measured["answered"]
        turned_away += flood.measured["turned_away"]
        seconds += flood.measured["seconds"]
    asked = (answered + turned_away) / seconds * 60
    let_in = answered / seconds * 60
    if asked < 8 * FLOOD_PER_MINUTE or let_in > 1.2 * FLOOD_PER_MINUTE:
        raise RuntimeError(f"a flood of {asked:,.0f} requests a minute, {let_in:,.0f} of them let in, is not what was meant")
    ratio = statistics.median(more / less for more, less in zip(beside, alone))
    return [Figure(f"p99 of one principal ({CLIENTS} clients) beside another that asks {asked:,.0f} times a minute, of which it may "
                   f"{FLOOD_PER_MINUTE:,} and has used up what it had saved ({turned_away / (answered + turned_away):.0%} turned "
                   f"away), by that without it ({statistics.median(alone):.2f} and {statistics.median(beside):.2f} ms; "
                   f"{FLOOD_ROUNDS} rounds of {FLOOD_SECONDS} s each)", f"{ratio:.2f}", "<= 1.20", ratio <= 1.2)]


def check_log(server):
    """Each query has its line, or what was measured is not what was meant."""
    before = lines_of_log(server)
    call = with_key(own_tool(server))
    for key in range(100_000, 100_020):
        call.row(key)
    for _ in range(200):
        if lines_of_log(server) >= before + 20:
            return
        # The log gathers lines for some milliseconds.
        time.sleep(0.01)
    raise RuntimeError(f"the audit log of {server.name} lacks lines")


def sides(plain, few_keys, many_keys):
    """Pairs of work, peer, ours, and the least ratio of rates."""
    for name, call in (("MCP `tools/call`, the operator's tool by key", own_tool),
                       ("REST `POST /v1/query` by key, with params", rest_query)):
        yield (name + ", identities, limits, audit and masks of another table on", "the same, all off", Load(call(plain)),
               Load(with_key(call(few_keys))), 0.97)
        yield (name + ", with 10,000 keys", "the same, with 10 keys", Load(with_key(call(few_keys))),
               Load(with_key(call(many_keys))), 0.97)
