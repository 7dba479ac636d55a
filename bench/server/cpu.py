"""CPU time of processes: what a request costs, whoever else uses the machine."""

import os
import resource
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
PARENT, UTIME, STIME, CUTIME, CSTIME = 1, 11, 12, 13, 14


def stat_fields(pid):
    """What follows the name in /proc/PID/stat."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def seconds_of(fields, *which):
    return sum(int(fields[one]) for one in which) * TICK


def seconds_of_children(parent):
    """Of those that run, and of those that ended."""
    seconds = seconds_of(stat_fields(parent), CUTIME, CSTIME)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = stat_fields(folder.name)
        except OSError:
            continue  # it ended meanwhile
        if int(fields[PARENT]) == parent:
            seconds += seconds_of(fields, UTIME, STIME)
    return seconds


class CpuTimes:
    """Of a server, of PostgreSQL's backends, and of the client, from here on."""

    def __init__(self, server, postmaster):
        self.server = server
        self.postmaster = postmaster
        self.started = self.now()

    def now(self):
        client = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (seconds_of(stat_fields(self.server), UTIME, STIME), seconds_of_children(self.postmaster),
                client.ru_utime + client.ru_stime)

    def taken(self):
        return [after - before for before, after in zip(self.started, self.now())]
