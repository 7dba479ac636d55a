"""Runs wrk, the client of all comparisons, and reads what it measured."""

import json
import subprocess
from pathlib import Path

from cpu import CpuTimes

SCRIPT = Path(__file__).with_name("load.lua")


class Load:
    """Sends one call over and over, each time with other keys, or with the same one."""

    def __init__(self, call, same_key=False):
        self.call = call
        self.name = call.name + (", the same text" if same_key else "")
        self.step = 0 if same_key else 1
        self.turn = 1  # keys go on where the run before ended

    def run(self, clients, seconds, mode="time"):
        command = ["wrk", "--threads", "1", "--connections", str(clients), "--duration", f"{seconds}s",
                   "--timeout", "10s", "--script", str(SCRIPT), f"http://127.0.0.1:{self.call.server.port}", "--",
                   self.call.text(), str(self.turn), str(self.step), mode]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = output.splitlines()
        at = max(i for i, line in enumerate(lines) if line.startswith("{"))
        measured = json.loads(lines[at])
        self.turn += self.step * (measured["requests"] + clients)
        if measured["failed"] or measured["wrong"] or not measured["requests"]:
            raise RuntimeError(f"{self.call.server.name}, {clients} clients: {lines[at]}\n{' '.join(lines[at + 1:])}")
        measured["rate"] = measured["requests"] / measured["seconds"]
        measured["bytes_each"] = measured["bytes"] / measured["requests"]
        return measured

    def check(self, clients):
        """Has every answer of a short run looked at, under the load that is going to be timed."""
        measured = self.run(clients, 1, "check")
        if measured["checked"] < measured["requests"]:
            raise RuntimeError("not every answer was looked at")
        self.bytes_each = measured["bytes_each"]

    def timed(self, clients, seconds, bank):
        """As run(), with the CPU time of a request; what it answers with must be as long as what was checked."""
        cpu = CpuTimes(self.call.server.process.pid, bank.postmaster)
        measured = self.run(clients, seconds)
        measured["cpu_us"] = [taken * 1e6 / measured["requests"] for taken in cpu.taken()]
        if abs(measured["bytes_each"] - self.bytes_each) > 0.02 * self.bytes_each:
            raise RuntimeError(f"{self.call.server.name} answers with {measured['bytes_each']:.0f} bytes where it did "
                               f"with {self.bytes_each:.0f}")
        return measured
