"""Growth: a page of 20 must not know how many documents and tenants there are."""

import os

from . import gate
from .cluster import Cluster, Tenant
from .report import RUNS, say

SIZES = [(10**3, 10), (10**5, 1_000), (10**7, 10_000)]

# Straight into the table, spread over the tenants as they would have come in: interleaved.
GROW = """
set session_replication_role = replica;
set synchronous_commit = off;
set maintenance_work_mem = '1GB';
with every as (
    select t.id, row_number() over (order by t.id) - 1 as number, count(*) over () as count,
        (select m.user_id from tenant.members m where m.tenant_id = t.id limit 1) as author
    from platform.tenants t where t.slug like 'other-%'
)
insert into tenant.documents (tenant_id, id, workspace_id, title, body, created_by, created_at)
select e.id, gen_random_uuid(), e.id, 'Document ' || i, 'text', e.author,
    now() - interval '1 year' + i * interval '1 second'
from generate_series(1, {documents}) i
join every e on e.number = i % e.count;
vacuum analyze;
"""


def run(report):
    """The page of one tenant of ordinary size, in three databases."""
    medians, documents = {}, [size for size, _ in SIZES]
    limit = int(os.environ.get("BENCH_MOST_DOCUMENTS", "10000000"))
    for size, tenants in SIZES:
        if size > limit:
            say(f"   left out: {size} documents (BENCH_MOST_DOCUMENTS)")
            continue
        with Cluster(report) as cluster:
            tenant = Tenant(cluster, documents=1000, others=tenants)
            if size > 1000:
                say(f"   {size} documents in {tenants} tenants")
                indexes = drop_indexes(cluster)
                cluster.sql(GROW.format(documents=size))
                cluster.sql(indexes + "\nanalyze tenant.documents;")
            medians[size] = latencies(cluster, tenant)
        report.figure(f"page_{size}", medians[size], "ms")
    for size in documents[1:]:
        if size in medians:
            report.ratio(f"{size}_to_{documents[0]}", medians[size], medians[documents[0]],
                         "<= 1.5")


def drop_indexes(cluster):
    """Drops the secondary indexes; answers the statements that make them again."""
    which = """from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = 'tenant.documents'::regclass and not i.indisunique"""
    made = cluster.value(f"select string_agg(pg_get_indexdef(i.indexrelid) || ';', E'\\n') {which}")
    cluster.sql(cluster.value(
        f"select string_agg('drop index ' || c.oid::regclass || ';', E'\\n') {which}"))
    return made


def latencies(cluster, tenant):
    """The mean latency of each run of one client, in ms."""
    script = gate.transaction(tenant.enter(tenant.OWNER), gate.page_read(tenant))
    cluster.pgbench("bulkhead_api", script, 1, 1, threads=1)
    return [1000 / cluster.pgbench("bulkhead_api", script, 1, 2, threads=1) for _ in range(RUNS)]
