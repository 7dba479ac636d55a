#!/usr/bin/env python3
"""Compares Penstock's server with its peers on one PostgreSQL server, and prints the tables as Markdown.

Usage: bench/server/compare.py [ROUNDS]

Run by scripts/bench server, which builds and installs what this needs. Both sides of a pair are loaded in turn by the
same client, each ROUNDS times (11 unless told). Before that, the rows of both sides are compared with those that the
table must have, and every answer of a short run under load is looked at; what is wrong ends the program.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

import figures
import identities
from calls import AD_HOC, MARK, rest_query, tool_call
from load import Load
from servers import Bank, start_dbhub, start_penstock, start_toolbox

SECONDS = 1  # of one side in one round: a machine that is not ours alone changes from second to second


class Pair:
    """The same work by a peer and by Penstock."""

    def __init__(self, work, against, peer, ours, clients, ratio=None, p99=None):
        self.work = work
        self.against = against
        self.peer = peer
        self.ours = ours
        self.clients = clients
        self.ratio = ratio  # the least of our rate by the peer's
        self.p99 = p99  # the most of our 99th percentile by the peer's

    def run(self, rounds, bank):
        """The pair's row of the first table, and a row for each side of the second."""
        for side in (self.peer, self.ours):
            side.call.check()
            side.check(self.clients)
        peers, ours = [], []
        for turn in range(rounds):
            sides = [(self.peer, peers), (self.ours, ours)]
            for side, measured in sides if turn % 2 == 0 else reversed(sides):
                measured.append(side.timed(self.clients, SECONDS, bank))
        ratios = [mine["rate"] / theirs["rate"] for mine, theirs in zip(ours, peers)]
        return self.row(peers, ours, ratios), [self.cpu_row(self.peer, peers), self.cpu_row(self.ours, ours)]

    def cpu_row(self, side, measured):
        parts = [statistics.median(of_one) for of_one in zip(*(one["cpu_us"] for one in measured))]
        key = f"| {side.name} | {side.call.server.name} | {self.clients} |"
        return key, " ".join(f"{part:.0f} us |" for part in (*parts, sum(parts)))

    def row(self, peers, ours, ratios):
        def median(of, what):
            return statistics.median(one[what] for one in of)

        ratio = statistics.median(ratios)
        p99 = statistics.median(mine["p99_ms"] / theirs["p99_ms"] for mine, theirs in zip(ours, peers))
        return (f"| {self.work} | {self.against} | {self.clients} | {median(peers, 'rate'):,.0f} "
                f"| {median(ours, 'rate'):,.0f} | **{ratio:.2f}** ({min(ratios):.2f} to {max(ratios):.2f}) "
                f"| {bound('>=', self.ratio, ratio, self.ratio)} | {median(peers, 'p99_ms'):.1f} ms "
                f"| {median(ours, 'p99_ms'):.1f} ms | **{p99:.2f}** | {bound('<=', self.p99, self.p99, p99)} |")


def bound(sign, target, larger, smaller):
    if target is None:
        return "-"
    return f"{sign} {target:.2f}, {'met' if larger >= smaller else 'missed'}"


def own_tool(server):
    return Load(tool_call(server, "entry_by_id", {"id": MARK}))


def pairs(penstock, toolbox, dbhub):
    def ad_hoc(same_key):
        theirs = Load(tool_call(toolbox, "run_sql", {"sql": AD_HOC}), same_key)
        ours = Load(tool_call(penstock, "execute_query", {"database": "bench_db", "sql": AD_HOC}), same_key)
        return theirs, ours

    yield from (Pair("MCP `tools/call`, the operator's tool by key", "Toolbox, `postgres-sql`", own_tool(toolbox),
                     own_tool(penstock), clients, ratio, 1 / 3) for clients, ratio in ((8, 3.5), (32, 4)))
    yield from (Pair("REST `POST /v1/query` by key, with params", "Toolbox, `postgres-sql` over MCP",
                     own_tool(toolbox), Load(rest_query(penstock)), clients, ratio, 1 / 3)
                for clients, ratio in ((8, 3.5), (32, 4)))
    for work, same_key in (("another text each time", False), ("the same text", True)):
        yield from (Pair(f"MCP `execute_query`, {work}", "Toolbox, `postgres-execute-sql`", *ad_hoc(same_key), clients,
                         2.5) for clients in (8, 32))
    yield Pair("MCP `tools/call`, the operator's tool by key", "DBHub, custom tool", own_tool(dbhub),
               own_tool(penstock), 32)
    yield Pair("MCP `execute_query`, another text each time", "DBHub, `execute_sql`, read-only",
               Load(tool_call(dbhub, "execute_sql", {"sql": AD_HOC})), ad_hoc(False)[1], 32)


def print_pairs(rounds, bank, *servers):
    print("Requests a second, and the 99th percentile of latency. "
          f"Each side {SECONDS} s a round, {rounds} rounds in turn; medians.\n")
    print("| work | against | clients | peer | Penstock | ratio of rates (range) | target | p99 of the peer "
          "| of Penstock | ratio | target |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    cpu_rows = {}  # a side that is in several pairs once
    for pair in pairs(*servers):
        row, cpu = pair.run(rounds, bank)
        print(row, flush=True)
        cpu_rows.update(cpu)
    print("\nCPU time a request, medians:\n")
    print("| call | server | clients | the server's | PostgreSQL's | wrk's | sum |\n|---|---|---|---|---|---|---|")
    for key, taken in cpu_rows.items():
        print(key, taken, flush=True)


def print_guards(rounds, bank, directory, stack):
    """What identities, limits and the audit log cost, and how they hold."""
    servers = []
    for begin in (lambda: identities.start_plain(directory, bank), lambda: identities.start_guarded(directory, bank, 10),
                  lambda: identities.start_guarded(directory, bank, 10_000)):
        servers.append(begin())
        stack.append(servers[-1])
    plain, few_keys, many_keys = (server.wait() for server in servers)
    for server in (few_keys, many_keys):
        identities.check_log(server)
    print("\nWhat identities, limits and the audit log cost:\n")
    print("| work | against | clients | off | on | ratio of rates (range) | target | p99 off | p99 on | ratio | target |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for work, against, peer, ours, ratio in identities.sides(plain, few_keys, many_keys):
        row, _ = Pair(work, against, peer, ours, 32, ratio).run(rounds, bank)
        print(row, flush=True)
    print("\n| work | measured | target | |\n|---|---|---|---|")
    print_figures(identities.flood_figures(few_keys, directory))
    for server in servers:
        stack.remove(server)
        server.stop()


def print_figures(rows):
    for row in rows:
        print(row, flush=True)


def run(directory, rounds, stack):
    bank = Bank(directory)
    stack.append(bank)
    servers = []
    for begin in (start_penstock, start_toolbox, start_dbhub):
        servers.append(begin(directory, bank))
        stack.append(servers[-1])
    penstock, *peers = (server.wait() for server in servers)
    for server in servers:
        own_tool(server).call.check()
    idle = figures.idle_memory(penstock, peers)
    print_pairs(rounds, bank, penstock, *peers)
    print("\n| work | measured | target | |\n|---|---|---|---|")
    print_figures(idle)
    print_figures(figures.busy_memory(penstock, directory))
    print_figures(figures.many_connections(penstock, directory))
    print_figures(figures.added_latency(penstock, bank, directory))
    print_figures(figures.start(bank, directory))
    print_guards(rounds, bank, directory, stack)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    stack = []
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as directory:
        os.chmod(directory, 0o755)
        try:
            run(Path(directory), rounds, stack)
        except (RuntimeError, OSError) as error:
            for one in stack:
                log = getattr(one, "log", None)
                if log and log.exists():
                    print(f"{log.name}: {log.read_text(errors='replace')[-800:]}", file=sys.stderr)
            sys.exit(f"compare.py: {error}")
        finally:
            for one in reversed(stack):
                one.stop()


if __name__ == "__main__":
    main()
