"""What is measured of the server alone, each with its bound: memory, start, connections, latency."""

import json
import socket
import statistics
import subprocess
import threading
import time
from http.client import HTTPException

from calls import rest_query, tool_call
from load import Load
from servers import CLIENT, start_with_ten_datasources


class Figure:
    """A row of the second table."""

    def __init__(self, work, value, target="-", met=None):
        self.work = work
        self.value = value
        self.target = target
        self.met = met

    def __str__(self):
        verdict = "" if self.met is None else "met" if self.met else "missed"
        return f"| {self.work} | **{self.value}** | {self.target} | {verdict} |"


def memory_figure(work, megabytes, most):
    return Figure(work, f"{megabytes:.1f} MB", f"<= {most} MB", megabytes <= most)


def idle_memory(penstock, peers):
    """After one answer, before any load."""
    figures = [memory_figure("resident memory, idle, PostgreSQL and SQLite configured", penstock.memory(), 25)]
    figures += [Figure(f"the same of {peer.name}, PostgreSQL alone configured", f"{peer.memory():.1f} MB")
                for peer in peers]
    return figures


class OpenConnections:
    """So many connections to a server that were answered and stay open."""

    def __init__(self, call, count, directory):
        request = directory / "connections.http"
        request.write_text(call.text())
        self.process = subprocess.Popen([CLIENT, "connections", str(call.server.port), str(count), request],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{count} connections were not answered")
        self.answers = json.loads(line)["answers"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def busy_memory(penstock, directory):
    call = tool_call(penstock, "entry_by_id", {"id": "@@@@@@"})
    samples = []
    ended = threading.Event()

    def watch():
        while not ended.wait(0.05):
            samples.append(penstock.memory())

    with OpenConnections(call, 1000, directory):
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            measured = Load(call).run(200, 3)
        finally:
            ended.set()
            watcher.join()
    return [memory_figure("resident memory at most, 1,000 idle connections and 200 busy", max(samples), 120),
            Figure("requests a second on those 200", f"{measured['rate']:,.0f}")]


def many_connections(penstock, directory):
    count = 10_000
    with OpenConnections(tool_call(penstock, "entry_by_id", {"id": "@@@@@@"}), count, directory) as opened:
        served = opened.answers == 2 * count
        memory = penstock.memory()
    return [Figure("connections open at once, each answered twice", f"{count:,}" if served else "fewer", "10,000", served),
            Figure("resident memory with them", f"{memory:.1f} MB")]


def added_latency(penstock, bank, directory):
    figures = []
    for name, call in (("MCP `tools/call`", tool_call(penstock, "entry_by_id", {"id": "@@@@@@"})),
                       ("REST", rest_query(penstock))):
        request = directory / "latency.http"
        request.write_text(call.text())
        output = subprocess.run([CLIENT, "latency", str(penstock.port), str(bank.port), directory, request],
                                check=True, capture_output=True, text=True).stdout
        measured = json.loads(output)
        figures.append(Figure(
            f"latency that {name} adds to the library's own call, one client, median "
            f"({measured['library_us']:.0f} us by the library, {measured['server_us']:.0f} us by the server)",
            f"{measured['added_us']:.0f} us", "<= 60 us", measured["added_us"] <= 60))
    return figures


def first_answer(folder, bank, dead):
    """Seconds from the start of the process to a row of the table."""
    started = time.monotonic()
    server = start_with_ten_datasources(folder, bank, dead)
    call = tool_call(server, "entry_by_id", {"id": "@@@@@@"})
    try:
        while True:
            try:
                call.row(271828)
                return time.monotonic() - started
            except (OSError, HTTPException):
                if time.monotonic() > started + 10:
                    raise RuntimeError(f"no answer within ten seconds; {server.log} says why") from None
                time.sleep(0.0005)
    finally:
        server.stop()


def start(bank, directory):
    with socket.socket() as silent, socket.socket() as closed:
        # Two that refuse connections, and one that takes them and says nothing.
        silent.bind(("127.0.0.1", 0))
        silent.listen(100)
        closed.bind(("127.0.0.1", 0))
        dead = [silent.getsockname()[1], closed.getsockname()[1], closed.getsockname()[1]]
        taken = [first_answer(directory / "ten", bank, dead) for _ in range(9)]
    median = statistics.median(taken) * 1e3
    return [Figure("from start to first answer, ten datasources, three of them down, median of 9 "
                   f"({min(taken) * 1e3:.0f} to {max(taken) * 1e3:.0f} ms)", f"{median:.0f} ms", "<= 100 ms",
                   median <= 100)]
