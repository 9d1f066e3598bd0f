//! May this role be trusted to be held? A plane that could step around row security, or become
//! a role that could, is not let in: better no service than one whose walls are painted on.

use tokio_postgres::Client;

use crate::config::Plane;
use crate::error::{Error, Result};

/// Why a role could bypass the policies: one reason a row, none for a harmless role. Looks at
/// the role and, unless it is a superuser, who can become any, at every role it can become.
pub const BYPASSES: &str = "
    with reachable as (
        select oid, rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication
        from pg_catalog.pg_roles
        where rolname = $1
            or pg_catalog.pg_has_role(pg_catalog.to_regrole($1), oid, 'member')
            and not exists (select from pg_catalog.pg_roles where rolname = $1 and rolsuper)
    )
    select rolname || ' ' || reason
    from reachable
    cross join lateral (values
        (rolsuper, 'is a superuser'),
        (rolbypassrls, 'has BYPASSRLS'),
        (rolcreaterole, 'has CREATEROLE'),
        (rolreplication, 'has REPLICATION'),
        (rolname in ('pg_read_all_data', 'pg_write_all_data', 'pg_maintain',
            'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'),
            'reads or writes around the policies'),
        (exists (select from pg_catalog.pg_database as owned
            where owned.datdba = reachable.oid and datname = pg_catalog.current_database()),
            'owns the database'),
        (exists (select from pg_catalog.pg_namespace where nspowner = reachable.oid),
            'owns a schema'),
        (exists (select from pg_catalog.pg_class where relowner = reachable.oid),
            'owns a table or view'),
        (exists (select from pg_catalog.pg_proc where proowner = reachable.oid),
            'owns a function')
    ) as finding (found, reason)
    where found
    order by 1";

/// Refuses a connection whose login is not the plane's, or could do more than a plane may.
pub(super) async fn require_harmless(client: &Client, plane: Plane) -> Result<()> {
    let login: String = client
        .query_one("select session_user::text", &[])
        .await?
        .get(0);
    let rows = client.query(BYPASSES, &[&login]).await?;
    let reasons: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    if !reasons.is_empty() {
        return Err(Error::refused(format!(
            "refusing to work as `{login}`, which could bypass row security: {}",
            reasons.join(", ")
        )));
    }
    if login != plane.role() {
        return Err(Error::refused(format!(
            "this plane logs in as `{}`, and its URL says `{login}`",
            plane.role()
        )));
    }
    Ok(())
}
