//! Residue: a connection that served one tenant shows the next nothing of it, however the
//! first one's work ended.

mod hijacked;
mod interleaved;
mod own;
mod planted;
mod steps;

pub(super) use hijacked::HIJACK;
pub(super) use interleaved::interleave;
pub(super) use own::Own;

/// What a session can keep of its past, cheap enough to be asked ten thousand times.
macro_rules! left {
    () => {
        "select 'cursor ' || name from pg_catalog.pg_cursors where is_holdable
         union all
         select 'channel ' || c from pg_catalog.pg_listening_channels() as c
         union all
         select 'advisory lock ' || objid from pg_catalog.pg_locks
         where pid = pg_catalog.pg_backend_pid() and locktype = 'advisory'
         union all
         select 'statement ' || name from pg_catalog.pg_prepared_statements where from_sql
         union all
         select 'setting ' || name from (values
             ('search_path', 'pg_catalog,pg_temp'), ('row_security', 'on'),
             ('plan_cache_mode', 'auto'), ('statement_timeout', '5s'), ('residue.mark', ''),
             ('role', 'none'), ('default_transaction_read_only', 'off')
         ) as expected (name, value)
         where pg_catalog.replace(
             coalesce(pg_catalog.current_setting(name, true), ''), ', ', ',') <> value"
    };
}

const LEFT: &str = left!();

/// Everything one can read of documents, where every body starts with its tenant's canary.
const DOCUMENTS: &str = "select id, body from tenant.documents order by id";

/// Both at once: residue is a row without an id.
const LOOK: &str = concat!(
    "select id, body from tenant.documents union all select null, kept from (",
    left!(),
    ") as kept (kept)"
);
