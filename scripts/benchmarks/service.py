"""The service: requests a second beside the database they come from, on the same cores."""

import re
import subprocess
import time
import urllib.request

from . import gate
from .cluster import CTL, Cluster, Tenant
from .peer import fastapi, postgraphile
from .report import FOLDER, RUNS, SECONDS
from .wire import Wire

CONNECTIONS = 16


class Service:
    """`platformctl serve`, and a key of the tenant's owner."""

    def __init__(self, cluster, tenant, settings=None):
        self.tenant = tenant
        key = subprocess.run(
            [CTL, "key", "create", "--tenant", "bench", "--user", "owner@bench.test",
             "--name", "bench"], env=cluster.environment, capture_output=True, text=True,
            check=True)
        self.key = key.stdout.strip()
        environment = {
            **cluster.environment, "BULKHEAD_LISTEN": "127.0.0.1:0", "BULKHEAD_LOG": "info",
            "BULKHEAD_IP_RATE_PER_MINUTE": "1000000000",
            "BULKHEAD_TENANT_RATE_PER_MINUTE": "1000000000", **(settings or {}),
        }
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.log = FOLDER / "service.log"
        with open(self.log, "w", encoding="utf-8") as log:
            # A session of its own: Linux shares the cores out by session, and one that is also
            # the load's would have it compete with each single backend of Postgres.
            self.process = subprocess.Popen([CTL, "serve"], env=environment, stdout=log,
                                            stderr=log, start_new_session=True)
        self.address = self._address()

    def _address(self):
        for _ in range(200):
            found = re.search(r'"address":"([^"]+)"', self.log.read_text())
            if found:
                return f"http://{found[1]}"
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit(f"error: the service did not start: {self.log.read_text()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def headers(self):
        return {"Authorization": f"Bearer {self.key}"}

    def get(self, path):
        request = urllib.request.Request(self.address + path, headers=self.headers())
        return urllib.request.urlopen(request).read()

    def resident_mib(self):
        """The most memory it has held so far."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024


def wrk(url, headers, script=None, seconds=None, connections=CONNECTIONS):
    """Requests a second, and the 50th and 99th percentile of latency in ms."""
    command = ["wrk", "--latency", "-t", "2", "-c", str(connections), "-d",
               f"{seconds or SECONDS}s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    if script:
        command += ["-s", str(script)]
    try:
        done = subprocess.run(command + [url], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise SystemExit("error: install wrk (a package of Debian) to load the service")
    out = done.stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit(f"error: {out}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    return rate, millis(out, "50%"), millis(out, "99%")


def millis(out, percentile):
    value, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", out).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def paths(tenant):
    return {"get": f"/v1/documents/{tenant.document}", "page": "/v1/documents?limit=20"}


def run(report):
    """GET one document and GET a page against the gated transaction in pgbench."""
    with Cluster(report) as cluster:
        tenant = Tenant(cluster)
        enter = tenant.enter(tenant.OWNER)
        scripts = {"get": gate.transaction(enter, gate.point_read(tenant)),
                   "page": gate.transaction(enter, gate.page_read(tenant))}
        rates, base, halves, tails = {}, {}, {}, {}
        with Service(cluster, tenant) as service:
            for name, path in paths(tenant).items():
                wrk(service.address + path, service.headers(), seconds=2)
                for _ in range(RUNS):
                    rate, half, tail = wrk(service.address + path, service.headers())
                    rates.setdefault(name, []).append(rate)
                    halves.setdefault(name, []).append(half)
                    tails.setdefault(name, []).append(tail)
                    base.setdefault(name, []).append(
                        cluster.pgbench("bulkhead_api", scripts[name], CONNECTIONS, SECONDS))
            memory = service.resident_mib()
    for name in rates:
        report.figure(f"{name}", rates[name], "req/s")
        report.figure(f"{name}_pgbench", base[name], "tx/s")
        report.ratio(f"{name}_to_pgbench", rates[name], base[name], ">= 0.6")
        report.figure(f"{name}_p50", halves[name], "ms")
        report.figure(f"{name}_p99", tails[name], "ms")
        report.ratio(f"{name}_p99_to_p50", tails[name], halves[name], "<= 4")
    report.figure("memory", [memory], "MiB", "<= 64")


def round_trips(report):
    """Through a wire that holds every message to the database back for 20 ms."""
    with Cluster(report) as cluster:
        tenant = Tenant(cluster, documents=1000, others=1)
        with Wire(cluster.admin, 0.020) as wire:
            settings = {"BULKHEAD_API_DATABASE_URL": cluster.url("bulkhead_api", wire.host)}
            with Service(cluster, tenant, settings) as service:
                for name, path in paths(tenant).items():
                    for _ in range(40):
                        service.get(path)
                    trips, times = [], []
                    for _ in range(RUNS * 4):
                        before, start = wire.trips, time.perf_counter()
                        service.get(path)
                        times.append((time.perf_counter() - start) * 1000)
                        trips.append(wire.trips - before)
                        time.sleep(0.08)
                    report.figure(f"{name}", trips, "trips", "== 1")
                    report.figure(f"{name}_time", times, "ms", "<= 40")


def peers(report):
    """GET one document from each, of the same rows, cluster and load; none logs its requests."""
    with Cluster(report) as cluster:
        tenant = Tenant(cluster)
        rates = {}
        settings = {"BULKHEAD_LOG": "bulkhead::commands=info"}
        with Service(cluster, tenant, settings) as service, \
                postgraphile(cluster, tenant, report) as graphile, \
                fastapi(cluster, tenant, report) as fast:
            contestants = {
                "bulkhead": (service.address + paths(tenant)["get"], service.headers(), None),
                "postgraphile": (graphile.url, graphile.headers, graphile.script),
                "fastapi": (fast.url, fast.headers, None),
            }
            for url, headers, script in contestants.values():
                wrk(url, headers, script, seconds=2)
            for _ in range(RUNS):
                for name, (url, headers, script) in contestants.items():
                    rates.setdefault(name, []).append(wrk(url, headers, script)[0])
    for name, samples in rates.items():
        report.figure(name, samples, "req/s")
    report.ratio("to_postgraphile", rates["bulkhead"], rates["postgraphile"], ">= 5")
    report.ratio("to_fastapi", rates["bulkhead"], rates["fastapi"], ">= 5")
