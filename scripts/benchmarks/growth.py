"""Growth: a page of 20 must not know how many documents and tenants there are."""

import os
from contextlib import ExitStack

from . import gate
from .cluster import Cluster, Tenant
from .report import RUNS, say

SIZES = [(10**3, 10), (10**5, 1_000), (10**7, 10_000)]

# Straight into the table, spread over the tenants as they would have come in: interleaved. Its
# indexes look away meanwhile and are built afterwards, ten times as fast.
GROW = """
set session_replication_role = replica;
set synchronous_commit = off;
set maintenance_work_mem = '1GB';
update pg_index set indisready = false where indrelid = 'tenant.documents'::regclass;
with every as (
    select t.id, row_number() over (order by t.id) - 1 as number,
        (select m.user_id from tenant.members m where m.tenant_id = t.id limit 1) as author
    from platform.tenants t where t.slug like 'other-%'
)
insert into tenant.documents (tenant_id, id, workspace_id, title, body, created_by, created_at)
select e.id, gen_random_uuid(), e.id, 'Document ' || i, 'text', e.author,
    now() - interval '1 year' + i * interval '1 second'
from generate_series(1, {documents}) i
join every e on e.number = i % {tenants};
reindex table tenant.documents;
vacuum analyze;
"""


def run(report):
    """The page of one tenant of ordinary size, in three databases that take turns."""
    limit = int(os.environ.get("BENCH_MOST_DOCUMENTS", "10000000"))
    samples = {}
    with ExitStack() as stack:
        pages = {size: page(stack.enter_context(Cluster(report)), size, tenants)
                 for size, tenants in SIZES if size <= limit}
        for take in pages.values():
            take()
        for _ in range(RUNS):
            for size, take in pages.items():
                samples.setdefault(size, []).append(take())
    for size, _ in SIZES:
        if size in samples:
            report.figure(f"page_{size}", samples[size], "ms")
        else:
            say(f"   left out: {size} documents (BENCH_MOST_DOCUMENTS)")
    least = SIZES[0][0]
    for size in list(samples)[1:]:
        report.ratio(f"{size}_to_{least}", samples[size], samples[least], "<= 1.5")


def page(cluster, size, tenants):
    """Fills a cluster; answers what takes the mean latency of a page there, in ms."""
    tenant = Tenant(cluster, documents=1000, others=tenants)
    if size > 1000:
        say(f"   {size} documents in {tenants} tenants")
        cluster.sql(GROW.format(documents=size, tenants=tenants))
    script = gate.transaction(tenant.enter(tenant.OWNER), gate.page_read(tenant))
    return lambda: 1000 / cluster.pgbench("bulkhead_api", script, 1, 2, threads=1)
