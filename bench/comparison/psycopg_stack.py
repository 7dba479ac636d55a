#!/usr/bin/env python3
"""The stack that Penstock is compared with: psycopg 3 with its pool, search_path set for each query.

Usage: psycopg_stack.py CONNINFO

Reads commands from standard input, and answers each with one line:
  version               of psycopg, and its implementation
  point THREADS COUNT   so many point queries; the sum of what they read
  json SQL              the rows as dicts, written by json.dumps; their number
  same FILE SQL         "yes" when the rows are what the JSON in FILE says
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

ROWS = 1_000_000
POINT = "SELECT id, name, balance FROM entries WHERE id = %s"
MASK = (1 << 64) - 1


def keys(count):
    """The keys of comparison/checksum.hpp."""
    state = 88172645463325252
    for _ in range(count):
        state ^= (state << 13) & MASK
        state ^= state >> 7
        state ^= (state << 17) & MASK
        yield state % ROWS + 1


def point_queries(pool, wanted):
    total = 0
    for key in wanted:
        with pool.connection() as connection, connection.cursor() as cursor:
            cursor.execute("SET search_path TO bench_db")
            cursor.execute(POINT, (key,))
            for number, name, balance in cursor.fetchall():
                total += number + len(name) + (balance < 0)
    return total


def dicts(pool, sql):
    with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SET search_path TO bench_db")
        cursor.execute(sql)
        return cursor.fetchall()


def main():
    pools = {}
    known_keys = {}

    def pool_of(size):
        if size not in pools:
            pools[size] = ConnectionPool(sys.argv[1], min_size=size, max_size=size, open=True)
            pools[size].wait()
        return pools[size]

    for line in sys.stdin:
        command, _, rest = line.rstrip("\n").partition(" ")
        if command == "version":
            answer = f"{psycopg.__version__} ({psycopg.pq.__impl__})"
        elif command == "point":
            threads, count = (int(word) for word in rest.split())
            if count not in known_keys:
                known_keys[count] = list(keys(count))
            shares = [known_keys[count][worker::threads] for worker in range(threads)]
            with ThreadPoolExecutor(threads) as workers:
                answer = sum(workers.map(lambda share: point_queries(pool_of(threads), share), shares))
        elif command == "json":
            rows = dicts(pool_of(1), rest)
            json.dumps({"success": True, "data": rows, "row_count": len(rows)})
            answer = len(rows)
        elif command == "same":
            name, _, sql = rest.partition(" ")
            with open(name, encoding="utf-8") as file:
                answer = "yes" if json.load(file)["data"] == dicts(pool_of(1), sql) else "no"
        else:
            sys.exit(f"no command is called {command}")
        print(answer, flush=True)
    for pool in pools.values():
        pool.close()


if __name__ == "__main__":
    main()
