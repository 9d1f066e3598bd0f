"""The gate: what a transaction through it costs, in pgbench alone."""

from .cluster import COLUMNS, Cluster, Tenant
from .report import RUNS, SECONDS

CLIENTS = 4


def transaction(*statements):
    body = "\n".join(statements)
    return f"\\startpipeline\nbegin;\n{body}\ncommit;\n\\endpipeline\n"


def point_read(tenant):
    return (f"select {COLUMNS} from tenant.documents "
            f"where tenant_id = '{tenant.id}'::uuid and id = '{tenant.document}'::uuid;")


def page_read(tenant):
    return (f"select {COLUMNS} from tenant.documents where tenant_id = '{tenant.id}'::uuid "
            "order by created_at desc, id desc limit 20;")


def run(report):
    """Gated, as owner and as member, against the same statement without row level security."""
    with Cluster(report) as cluster:
        tenant = Tenant(cluster)
        read = point_read(tenant)
        scripts = {
            "plain": (None, transaction(read)),
            "owner": ("bulkhead_api", transaction(tenant.enter(tenant.OWNER), read)),
            "member": ("bulkhead_api", transaction(tenant.enter(tenant.MEMBER), read)),
        }
        rates = alternate(cluster, scripts)
    for name, samples in rates.items():
        report.figure(name, samples, "tx/s")
    report.ratio("owner_to_plain", rates["owner"], rates["plain"], ">= 0.5")
    report.ratio("member_to_plain", rates["member"], rates["plain"])


def alternate(cluster, scripts):
    rates = {name: [] for name in scripts}
    for role, script in scripts.values():
        cluster.pgbench(role, script, CLIENTS, 1)
    for _ in range(RUNS):
        for name, (role, script) in scripts.items():
            rates[name].append(cluster.pgbench(role, script, CLIENTS, SECONDS))
    return rates


LANE = f"""
create function app.bench_lane(credential bytea, tenant uuid, document uuid)
    returns table (id uuid, workspace_id uuid, title text, body text, metadata jsonb,
        version integer, created_by uuid, created_at timestamptz, updated_at timestamptz)
    language plpgsql volatile
as $$
begin
    perform app.enter($1, $2, '', '', '', '');
    return query select {", ".join("d." + column for column in COLUMNS.split(", "))}
        from tenant.documents d where d.tenant_id = $2 and d.id = $3;
end
$$;
grant execute on function app.bench_lane(bytea, uuid, uuid) to bulkhead_api;
"""


# As src/db/lone.rs sends it.
STATEMENT = """select answer.* from (
    {entering} as entered, pg_catalog.set_config('transaction_read_only', 'on', true) offset 0
) gate left join lateral (
    select asked.*, coalesce(gate.entered, '00000000-0000-0000-0000-000000000000') as entered
    from ({read}) asked offset 0
) answer on true;
"""


def lane(report):
    """A hot read in an implicit transaction: as one statement, or as one function."""
    with Cluster(report) as cluster:
        tenant = Tenant(cluster)
        cluster.sql(LANE)
        entering, read = tenant.enter(tenant.OWNER), point_read(tenant)
        digest = entering[len("select app.enter("):entering.index(",")]
        call = (f"select * from app.bench_lane({digest}, '{tenant.id}'::uuid, "
                f"'{tenant.document}'::uuid);\n")
        one = STATEMENT.format(entering=entering.rstrip(";"), read=read.rstrip(";"))
        rates = alternate(cluster, {
            "pipelined": ("bulkhead_api", transaction(entering, read)),
            "statement": ("bulkhead_api", " ".join(one.split()) + "\n"),
            "function": ("bulkhead_api", call),
        })
    for name, samples in rates.items():
        report.figure(name, samples, "tx/s")
    report.ratio("statement_to_pipelined", rates["statement"], rates["pipelined"])
    report.ratio("function_to_pipelined", rates["function"], rates["pipelined"])
