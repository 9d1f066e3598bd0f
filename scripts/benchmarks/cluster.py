"""A throw-away cluster with tenants in it, and the tools that come with its server."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

from .report import FOLDER, ROOT, say

CTL = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "platformctl"


def build():
    subprocess.run(["cargo", "build", "--quiet", "--release"], cwd=ROOT, check=True)


class Cluster:
    """A migrated database; gone when closed. `durable`, where commits shall wait for the disk."""

    def __init__(self, report, durable=False):
        build()
        self.process = subprocess.Popen(
            [ROOT / "scripts" / "dev-db", "throwaway"] + ["durable"] * durable,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.bin = tools()
        self.admin = self.process.stdout.readline().strip()
        if not self.admin:
            raise SystemExit("error: no throw-away cluster")
        self.environment = {**os.environ, "BULKHEAD_ADMIN_DATABASE_URL": self.admin}
        subprocess.run([CTL, "migrate"], env=self.environment, check=True, capture_output=True)
        self.password = hashlib.sha256(os.urandom(32)).hexdigest()
        self.login("api", "control", "worker")
        report.versions["postgres"] = self.value("select current_setting('server_version')")

    def login(self, *planes):
        """Lets planes log in, and the program find them."""
        for plane in planes:
            subprocess.run([CTL, "login", "set-password", plane], input=self.password, text=True,
                           env=self.environment, check=True, capture_output=True)
            self.environment[f"BULKHEAD_{plane.upper()}_DATABASE_URL"] = self.url(
                f"bulkhead_{plane}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def url(self, role, host=None):
        """The URL of a login; `host` stands in for the server's own address."""
        where = re.sub(r"^[^@]*@", "", self.admin)
        if host:
            where = re.sub(r"^[^/]*", host, where)
        return f"postgres://{role}:{self.password}@{where}"

    def sql(self, text):
        """Runs statements as the superuser."""
        done = subprocess.run(
            [self.bin / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.admin, "-f", "-"],
            input=text, text=True, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"error: {done.stderr}")
        return done.stdout

    def value(self, text):
        return self.sql(text).strip()

    def pgbench(self, role, script, clients, seconds, threads=2):
        """Transactions a second of a script, as a pipeline of prepared statements."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / "script.sql"
        path.write_text(script)
        url = self.admin if role is None else self.url(role)
        done = subprocess.run(
            [self.bin / "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j",
             str(threads), "-T", str(seconds), "-f", path, url], capture_output=True, text=True)
        found = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
        if not found or "rror" in done.stderr:
            raise SystemExit(f"error: {done.stdout}{done.stderr}")
        return float(found[1])


def tools():
    """The bin folder that scripts/setup chose, from which the cluster runs too."""
    command = "source scripts/lib.sh; postgres_bin"
    found = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True,
                           check=True).stdout.strip()
    return Path(found)


class Tenant:
    """One tenant of a fixture: its id, and how an owner and a member of it come in."""

    OWNER, MEMBER = "bench owner", "bench member"

    def __init__(self, cluster, documents=1000, others=200):
        say(f"   a tenant of {documents} documents among {others} others")
        cluster.sql(FIXTURE.format(documents=documents, others=others))
        self.id = cluster.value("select id from platform.tenants where slug = 'bench'")
        self.document = cluster.value(
            "select id from tenant.documents order by id offset 500 limit 1")

    def enter(self, who):
        digest = hashlib.sha256(who.encode()).hexdigest()
        return (f"select app.enter('\\x{digest}'::bytea, '{self.id}'::uuid, "
                "'01a202d3-6bc4-7703-8802-5e5548c0ee02', '4bf92f3577b34da6a3ce929d0e0e4736', "
                "'127.0.0.1', '');")


COLUMNS = "id, workspace_id, title, body, metadata, version, created_by, created_at, updated_at"

FIXTURE = """
set role bulkhead_control;
select count(*) from generate_series(1, {others}) i,
    lateral app.create_tenant('other-' || i, 'Other', null, null, 'o' || i || '@other.test', 'O');
select app.create_tenant('bench', 'Bench', null, null, 'owner@bench.test', 'Olive');
select app.create_api_key('bench', 'owner@bench.test', 'k', null, sha256('bench owner'), '1 day');
set role bulkhead_api;
begin;
select app.enter(sha256('bench owner'), null, '', '', '', '');
select app.add_member('member@bench.test', 'Max',
    (select id from tenant.roles where name = 'member'));
select id as workspace from app.create_workspace('Plans', '') \\gset
insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
select app.tenant_id(), :'workspace', m.user_id, m.role_id
from tenant.members m where m.email = 'member@bench.test';
insert into tenant.documents (tenant_id, workspace_id, title, body, created_by)
select app.tenant_id(), :'workspace', 'Document ' || i, repeat('text ', 40), app.user_id()
from generate_series(1, {documents}) i;
commit;
set role bulkhead_control;
select app.create_api_key('bench', 'member@bench.test', 'k', null, sha256('bench member'),
    '1 day');
reset role;
vacuum analyze;
checkpoint;
"""
