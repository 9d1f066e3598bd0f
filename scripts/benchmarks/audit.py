"""The history: what writing an event costs a writer, and what other ways of keeping one cost."""

from .cluster import Cluster, Tenant
from .gate import transaction
from .report import ROOT, RUNS, SECONDS

CLIENTS = 2
CROWD = 16
DOCUMENTS = 400

# Each tenant has a key, a workspace with the tenant's own id, and documents whose ids are the same
# in all of them, so that one script serves whichever tenant it draws.
FIXTURE = """
set role bulkhead_control;
select count(*) from generate_series(1, 200) i, lateral app.create_api_key('other-' || i,
    'o' || i || '@other.test', 'k', null, sha256(convert_to('other ' || i, 'UTF8')), '1 day');
reset role;
insert into tenant.workspaces (tenant_id, id, name, created_by)
select m.tenant_id, m.tenant_id, 'Bench', min(m.user_id::text)::uuid from tenant.members m group by 1;
insert into tenant.documents (tenant_id, id, workspace_id, title, body, created_by)
select t.id, md5('document ' || i)::uuid, t.id, 'Document', repeat('text ', 40), m.user_id
from platform.tenants t
join lateral (select m.user_id from tenant.members m where m.tenant_id = t.id limit 1) m on true,
    generate_series(1, {documents}) i;
vacuum analyze;
"""

# As a service that is told of everything asks.
ENTER = ("select app.enter({credential}, null, '01a202d3-6bc4-7703-8802-5e5548c0ee02', "
         "'4bf92f3577b34da6a3ce929d0e0e4736', '127.0.0.1', '', '00f067aa0ba902b7', "
         "'/v1/documents', 'curl/8.5.0', '0.1.0');")
TENANTS = {
    "hot": "convert_to('bench owner', 'UTF8')",
    "many": "convert_to('other ' || :tenant::text, 'UTF8')",
}
WRITES = {
    "insert": "insert into tenant.documents (tenant_id, workspace_id, title, body, created_by) "
              "values (app.tenant_id(), app.tenant_id(), 'Document', repeat('text ', 40), "
              "app.user_id());",
    "update": "update tenant.documents set title = 'Title ' || random() "
              "where tenant_id = app.tenant_id() and id = md5('document ' || :document)::uuid;",
}
KEEPERS = {"ours": "t90_audit", "generic": "t91_generic", "chained": "t92_chained"}


def script(tenants, write):
    entering = ENTER.format(credential=f"sha256({TENANTS[tenants]})")
    draw = f"\\set tenant random(1, 200)\n\\set document random(1, {DOCUMENTS})\n"
    return draw + transaction(entering, WRITES[write])


def keep(cluster, keeper):
    """Has one of the triggers fire on documents, or none of them."""
    for name, trigger in KEEPERS.items():
        verb = "enable always" if name == keeper else "disable"
        cluster.sql("alter event trigger bulkhead_history_changes disable")
        cluster.sql(f"alter table tenant.documents {verb} trigger {trigger}")


def alternate(cluster, keepers, text, clients):
    rates = {keeper: [] for keeper in keepers}
    for run in range(RUNS + 1):
        for keeper in keepers:
            keep(cluster, keeper)
            rate = cluster.pgbench("bulkhead_api", text, clients, SECONDS if run else 1)
            # The first warms up.
            if run:
                rates[keeper].append(rate)
    return rates


def run(report):
    """Documents with an event against documents without one, and against two peers' events."""
    with Cluster(report) as cluster:
        prepare(cluster)
        for tenants in TENANTS:
            for write in WRITES:
                costs(report, cluster, tenants, write)
    with Cluster(report, durable=True) as cluster:
        prepare(cluster)
        rates = alternate(cluster, ["ours", "chained"], script("hot", "insert"), CROWD)
    for keeper, samples in rates.items():
        report.figure(f"crowd_{keeper}", samples, "tx/s")
    report.ratio("crowd_to_chained", rates["ours"], rates["chained"], ">= 4")


def prepare(cluster):
    tenant = Tenant(cluster)
    cluster.sql(FIXTURE.format(documents=DOCUMENTS))
    for peer in ("generic_audit", "hash_chain"):
        cluster.sql((ROOT / "scripts" / "peers" / f"{peer}.sql").read_text())
    return tenant


def costs(report, cluster, tenants, write):
    keepers = ["ours", "none"] + (["generic"] if tenants == "hot" else [])
    rates = alternate(cluster, keepers, script(tenants, write), CLIENTS)
    name = f"{tenants}_{write}"
    for keeper, samples in rates.items():
        report.figure(f"{name}_{keeper}", samples, "tx/s")
    report.ratio(f"{name}_to_none", rates["ours"], rates["none"], ">= 0.75")
    if "generic" in rates:
        report.ratio(f"{name}_to_generic", rates["ours"], rates["generic"], ">= 1")
