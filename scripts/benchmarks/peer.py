"""The peers: the same rows under the row level security they would use, a plain setting.

Both are installed under .dev/peers, with pinned versions.
"""

import contextlib
import shutil
import subprocess
import time
import types
import urllib.request

from .report import ROOT, say

CODE = ROOT / "scripts" / "peers"
FOLDER = ROOT / ".dev" / "peers"

# One policy over one setting, as the guides of both have it.
SCHEMA = """
create role bench_peer login password '{password}';
create schema peer;
create table peer.documents as select * from tenant.documents;
alter table peer.documents add primary key (tenant_id, id);
alter table peer.documents enable row level security;
create policy tenancy on peer.documents for select to bench_peer
    using (tenant_id = nullif(current_setting('peer.tenant_id', true), '')::uuid);
grant usage on schema peer to bench_peer;
grant select on peer.documents to bench_peer;
grant connect on database {database} to bench_peer;
analyze peer.documents;
"""


def prepare(cluster):
    """The peers' login; made once."""
    if cluster.value("select to_regclass('peer.documents') is null") == "t":
        database = cluster.value("select current_database()")
        cluster.sql(SCHEMA.format(password=cluster.password, database=database))
    return cluster.url("bench_peer")


@contextlib.contextmanager
def serving(command, environment, url, headers, script=None, body=None):
    log = open(FOLDER / "peer.log", "w", encoding="utf-8")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=FOLDER,
                               start_new_session=True)
    try:
        wait_for(process, url, headers, body)
        yield types.SimpleNamespace(url=url, headers=headers, script=script)
    finally:
        process.terminate()
        process.wait()
        log.close()


def wait_for(process, url, headers, body):
    error = None
    for _ in range(150):
        if process.poll() is not None:
            break
        try:
            request = urllib.request.Request(url, data=body, headers=headers)
            answer = urllib.request.urlopen(request).read()
            if b"Document 5" not in answer:
                raise SystemExit(f"error: a peer serves another document: {answer!r}")
            return
        except OSError as refused:
            error = refused
            time.sleep(0.2)
    raise SystemExit(f"error: a peer did not start ({error}): "
                     f"{(FOLDER / 'peer.log').read_text()}")


def fastapi(cluster, tenant, report):
    """FastAPI with asyncpg under uvicorn with its C loop and parser, a worker a core."""
    venv = FOLDER / "venv"
    if not same(CODE / "requirements.txt", venv / "requirements.txt"):
        say(f"   installing FastAPI into {venv}")
        subprocess.run(["python3", "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "--quiet", "--requirement",
                        CODE / "requirements.txt"], check=True)
        shutil.copy(CODE / "requirements.txt", venv / "requirements.txt")
    report.versions["fastapi"] = version(CODE / "requirements.txt")
    command = [venv / "bin" / "uvicorn", "fastapi_peer:app", "--app-dir", CODE, "--port",
               "28061", "--workers", "2", "--log-level", "error", "--no-access-log"]
    environment = {**cluster.environment, "PEER_DATABASE_URL": prepare(cluster)}
    return serving(command, environment, f"http://127.0.0.1:28061/documents/{tenant.document}",
                   {"X-Tenant": tenant.id})


def postgraphile(cluster, tenant, report):
    """PostGraphile in production settings, a worker a core."""
    if not same(CODE / "package.json", FOLDER / "package.json"):
        if not shutil.which("npm"):
            raise SystemExit("error: install node and npm to run PostGraphile")
        say(f"   installing PostGraphile into {FOLDER}")
        FOLDER.mkdir(parents=True, exist_ok=True)
        shutil.copy(CODE / "package.json", FOLDER / "package.json")
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=FOLDER,
                       check=True)
    report.versions["postgraphile"] = version(CODE / "package.json")
    shutil.copy(CODE / "postgraphile.js", FOLDER / "postgraphile.js")
    query = ("query D($t: UUID!, $i: UUID!) { documentByTenantIdAndId(tenantId: $t, id: $i) "
             "{ id workspaceId title body metadata version createdBy createdAt updatedAt } }")
    script, body = FOLDER / "graphql.lua", (
        '{"query": "%s", "variables": {"t": "%s", "i": "%s"}}'
        % (query, tenant.id, tenant.document))
    script.write_text(f"wrk.method = 'POST'\nwrk.body = [[{body}]]\n")
    headers = {"Content-Type": "application/json", "X-Tenant": tenant.id}
    environment = {**cluster.environment, "PEER_DATABASE_URL": prepare(cluster),
                   "NODE_ENV": "production", "PORT": "28062"}
    return serving(["node", "postgraphile.js"], environment, "http://127.0.0.1:28062/graphql",
                   headers, script, body.encode())


def same(one, other):
    return other.exists() and one.read_bytes() == other.read_bytes()


def version(path):
    return " ".join(path.read_text().split())
