"""The ledger: how fast events are sealed, verified, exported and checked, and what they weigh."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from .cluster import CTL, Cluster, Tenant
from .report import say

EVENTS = int(os.environ.get("BENCH_EVENTS", "500000"))

# Straight into the history, as the triggers write it: that is measured elsewhere.
FILL = """
set session_replication_role = replica;
insert into audit.events (tenant_id, id, occurred_at, actor_type, actor, db_role, action, outcome,
    resource_type, resource_id, workspace_id, changed_columns, request_id, trace_id, span_id, route,
    app_version, policy_version)
select t.id, platform.uuid_v7(), now(), 'api_key', p.pseudonym, 'bulkhead_api', 'document.update',
    'ok', 'document', gen_random_uuid(), gen_random_uuid(), array['title'],
    '01a202d3-6bc4-7703-8802-5e5548c0ee02', '4bf92f3577b34da6a3ce929d0e0e4736',
    '00f067aa0ba902b7', '/v1/documents/{{id}}', '0.1.0', app.policy_version()
from platform.tenants t
join lateral (select p.pseudonym from keystore.pseudonyms p where p.tenant_id = t.id limit 1) p
    on true, generate_series(1, {events}) i
where t.slug = 'bench';
insert into audit.event_pii (tenant_id, event_id, person, content)
select tenant_id, id, actor, '{{"before":{{"title":"Title"}},"after":{{"title":"Title ' || id || '"}}'
    || ',"client_ip":"127.0.0.1","user_agent":"curl/8.5.0"}}'
from audit.events where action = 'document.update';
reset session_replication_role;
vacuum analyze audit.events; vacuum analyze audit.event_pii;
"""

WEIGHT = """
select sum(pg_total_relation_size(c.oid)) from pg_class c
where c.relnamespace = 'audit'::regnamespace and c.relkind = 'r' and c.relname ~ '^({tables})'
"""


def run(report):
    """Sealing, verification and proofs of one tenant's history."""
    with Cluster(report) as cluster, tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        say(f"   {EVENTS} events")
        cluster.login("sealer", "compliance")
        Tenant(cluster)
        cluster.sql(FILL.format(events=EVENTS))
        environment = keyed(cluster, Path(folder))
        events = int(cluster.value("select count(*) from audit.events"))
        sealing = timed(environment, "audit", "seal", "--once")
        report.figure("sealed", [events / sealing["seconds"]], "events/s", ">= 20000")
        cluster.sql("vacuum analyze audit.leaves")
        events = int(cluster.value("select size from audit.trees where tenant_id = "
                                   "(select id from platform.tenants where slug = 'bench')"))
        verified = timed(environment, "audit", "verify", "--tenant", "bench")
        report.figure("verified_live", [events / verified["seconds"]], "events/s")
        started = time.monotonic()
        verdict = cluster.value("select verdict from review.audit_verify('bench')")
        assert verdict == "inconclusive", verdict
        in_sql = events / (time.monotonic() - started)
        report.figure("verified_in_sql", [in_sql], "rows/s", ">= 70000")
        offline(report, environment, folder, events)
        proofs(report, cluster, environment)
        for name, tables in [("event", "events_2"), ("details", "event_pii_2"),
                             ("leaf", "leaves|subtrees")]:
            weight = int(cluster.value(WEIGHT.format(tables=tables)))
            report.figure(f"{name}_weight", [weight / events], "bytes/event")


def offline(report, environment, folder, events):
    bundle = f"{folder}/bundle"
    exported = timed(environment, "audit", "export", "--tenant", "bench", bundle)
    report.figure("exported", [events / exported["seconds"]], "events/s")
    key = json.loads(Path(bundle, "manifest.json").read_text())["key"]
    checked = [timed({}, "audit", "verify-bundle", bundle, "--key", key) for _ in range(3)]
    rates = [events / one["seconds"] for one in checked]
    report.figure("verified_offline", rates, "events/s", ">= 500000")
    memory = [one["memory"] / 2**20 for one in checked]
    report.figure("verified_offline_memory", memory, "MiB", "<= 200")
    size = sum(path.stat().st_size for path in Path(bundle).iterdir())
    report.figure("bundle_weight", [size / events], "bytes/event")


def proofs(report, cluster, environment):
    event = cluster.value("select event_id from audit.leaves where idx = 12345 order by 1 limit 1")
    tried = [timed(environment, "audit", "prove-inclusion", "--tenant", "bench", event)
             for _ in range(5)]
    report.figure("proof_size", [len(tried[0]["said"])], "bytes")
    report.figure("proof_time", [one["seconds"] * 1000 for one in tried], "ms")


def keyed(cluster, folder):
    made = subprocess.run([CTL, "audit", "key", "--name", "bench.test/audit"], check=True,
                          capture_output=True, text=True)
    (folder / "key").write_text(made.stdout)
    return {**cluster.environment, "BULKHEAD_AUDIT_KEY_FILE": str(folder / "key"),
            "BULKHEAD_AUDIT_ANCHORS": str(folder / "anchor")}


def timed(environment, *arguments):
    """Runs the program: seconds, octets of memory at most, and what it said."""
    started = time.monotonic()
    process = subprocess.Popen([CTL, *arguments], env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    if process.returncode not in (0, 2):
        raise SystemExit(f"error: {arguments}: {said}{process.stderr.read()}")
    return {"seconds": seconds, "memory": usage.ru_maxrss * 1024, "said": said}
