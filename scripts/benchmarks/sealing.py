"""Sealing beside writers: what an event costs a caller of the API, and how far the seal is behind."""

import json
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from .audit import CLIENTS, DOCUMENTS, keep, prepare, script
from .cluster import CTL, Cluster
from .ledger import keyed
from .report import FOLDER, RUNS, SECONDS
from .service import Service, wrk

# Enough for every request to be under way at once without waiting for a place.
CONNECTIONS = 8

# Seconds that the oldest event waits for its seal, and then at most for an anchor, while there is
# always a younger one.
LAG = """
select coalesce(l.seconds, 0),
    extract(epoch from clock_timestamp() - max(e.sealed_at)) + coalesce(l.seconds, 0)
from app.seal_lag('{}') l, audit.epochs e join audit.anchorings a on a.epoch = e.epoch
group by l.seconds
"""


def run(report):
    """Documents created and changed by HTTP with an event and without, while all of it is sealed."""
    with Cluster(report) as cluster, tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        cluster.login("sealer")
        tenant = prepare(cluster)
        cluster.environment = keyed(cluster, Path(folder))
        with Service(cluster, tenant) as service, Lag(cluster) as lag:
            for method, (body, paths) in writes(cluster, tenant).items():
                rates = {"ours": [], "none": []}
                # The first turn warms up.
                for turn in range(RUNS + 1):
                    for keeper, samples in rates.items():
                        keep(cluster, keeper)
                        rate = through(service, method, body, paths)
                        samples.extend([rate] * bool(turn))
                name = method.lower()
                report.figure(f"{name}_ours", rates["ours"], "req/s")
                report.figure(f"{name}_none", rates["none"], "req/s")
                report.ratio(f"{name}_to_none", rates["ours"], rates["none"], ">= 0.75")
        report.figure("seal_lag", [lag.sealed], "s", "<= 2")
    flood(report)


def flood(report):
    """As many events as the machine can write, past the API."""
    with Cluster(report) as cluster, tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        cluster.login("sealer")
        prepare(cluster)
        keep(cluster, "ours")
        environment = keyed(cluster, Path(folder))
        sealer = subprocess.Popen([CTL, "audit", "seal"], env=environment,
                                  stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            with Lag(cluster) as lag:
                rate = cluster.pgbench("bulkhead_api", script("hot", "insert"), CLIENTS,
                                       SECONDS * RUNS)
        finally:
            sealer.terminate()
            sealer.wait()
    report.figure("flood", [rate], "events/s")
    report.figure("flood_seal_lag", [lag.sealed], "s", "<= 2")
    report.figure("flood_anchor_lag", [lag.anchored], "s", "<= 30")


def writes(cluster, tenant):
    """Of each method: the body, and the paths in turn."""
    ids = cluster.value(f"select id from tenant.documents where tenant_id = '{tenant.id}' "
                        f"and workspace_id = '{tenant.id}' limit {DOCUMENTS}").split()
    document = {"workspace_id": tenant.id, "title": "Document", "body": "text " * 40}
    return {"POST": (document, ["/v1/documents"]),
            "PATCH": ({"title": "Title NUMBER"}, [f"/v1/documents/{one}" for one in ids])}


def through(service, method, body, paths):
    lua = FOLDER / "write.lua"
    # Each changes something, or there would be no event.
    lua.write_text(
        f"local number, body, paths = 0, [==[{json.dumps(body)}]==], {{{lua_list(paths)}}}\n"
        "request = function()\n"
        "    number = number + 1\n"
        f"    return wrk.format('{method}', paths[number % #paths + 1], nil,\n"
        "        (body:gsub('NUMBER', number .. tostring(wrk.thread))))\n"
        "end\n")
    headers = {**service.headers(), "Content-Type": "application/json", "If-Match": "*"}
    return wrk(service.address, headers, lua, connections=CONNECTIONS)[0]


def lua_list(texts):
    return ", ".join(f"'{text}'" for text in texts)


class Lag:
    """Watches how far the seal and the anchor are behind at most."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.sealed = self.anchored = 0
        self.over = threading.Event()
        self.watch = threading.Thread(target=self._watch)

    def __enter__(self):
        # What the fixture has left is no writer's.
        while not (found := self.ask()) or found[0] > 0:
            time.sleep(0.2)
        self.watch.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.watch.join()

    def ask(self):
        """Both, or nothing while nothing is anchored."""
        return [float(one) for one in self.cluster.value(LAG).split("|") if one]

    def _watch(self):
        while not self.over.wait(0.2):
            sealed, anchored = self.ask()
            self.sealed = max(self.sealed, sealed)
            self.anchored = max(self.anchored, anchored)
