//! A picture of a database, to compare it with: `pg_dump` where one of the server's own version
//! is at hand, and the catalog in any case.

use std::path::{Path, PathBuf};
use std::process::Command;

use tokio_postgres::Client;

use super::list;
use crate::support::Database;

/// All that stands in our schemas, with its text, rights, comments and owner; and what stands
/// beside them in the database. No object ids: a rebuild gives new ones.
const CATALOG: &str = "
    with ours as (
        select oid, nspname, nspowner, nspacl from pg_namespace
        where nspname in ('app', 'platform', 'tenant', 'public')
    )
    select concat_ws(' | ', 'schema', nspname, nspowner::regrole, nspacl,
        case when nspname <> 'app' then obj_description(oid, 'pg_namespace') end)
    from ours
    union all
    select concat_ws(' | ', 'function', p.oid::regprocedure, p.proowner::regrole, p.proacl,
        pg_get_functiondef(p.oid))
    from pg_proc p join ours on ours.oid = p.pronamespace
    union all
    select concat_ws(' | ', 'relation', c.oid::regclass, c.relkind, c.relowner::regrole, c.relacl,
        c.relrowsecurity, c.relforcerowsecurity, c.reloptions, obj_description(c.oid, 'pg_class'))
    from pg_class c join ours on ours.oid = c.relnamespace
    union all
    select concat_ws(' | ', 'column', a.attrelid::regclass, a.attname, a.attnum,
        format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl,
        pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum))
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
    join ours on ours.oid = c.relnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attnum > 0 and not a.attisdropped
    union all
    select concat_ws(' | ', 'constraint', k.conrelid::regclass, k.conname,
        pg_get_constraintdef(k.oid))
    from pg_constraint k join ours on ours.oid = k.connamespace
    union all
    select concat_ws(' | ', 'index', i.indexrelid::regclass, pg_get_indexdef(i.indexrelid))
    from pg_index i join pg_class c on c.oid = i.indrelid join ours on ours.oid = c.relnamespace
    union all
    select concat_ws(' | ', 'trigger', t.tgrelid::regclass, t.tgname, t.tgenabled,
        pg_get_triggerdef(t.oid))
    from pg_trigger t where not t.tgisinternal
    union all
    select concat_ws(' | ', 'policy', p.polrelid::regclass, p.polname, p.polcmd, p.polpermissive,
        p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid),
        pg_get_expr(p.polwithcheck, p.polrelid))
    from pg_policy p
    union all
    select concat_ws(' | ', 'default', d.defaclrole::regrole, d.defaclobjtype, d.defaclacl)
    from pg_default_acl d
    union all
    select concat_ws(' | ', 'event trigger', e.evtname, e.evtevent, e.evtenabled, e.evttags,
        e.evtfoid::regprocedure)
    from pg_event_trigger e
    union all
    select concat_ws(' | ', 'database', datdba::regrole, datacl)
    from pg_database where datname = current_database()
    union all
    select concat_ws(' | ', 'permission', b.role, b.level, b.permission)
    from platform.builtin_role_permissions b
    order by 1";

/// What a database looks like.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Picture {
    dump: Option<String>,
    catalog: Vec<String>,
}

impl Picture {
    pub(super) async fn of(database: &Database, admin: &Client) -> Self {
        let dump = pg_dump(admin).await.map(|pg_dump| dump(&pg_dump, database));
        if dump.is_none() {
            eprintln!("no pg_dump of this server's version at hand: the catalog is compared");
        }
        Self {
            dump,
            catalog: list(admin, CATALOG).await,
        }
    }

    /// Fails with the lines that differ.
    pub(super) fn assert_same(&self, other: &Self) {
        let lines = |picture: &Self| {
            let dump = picture.dump.iter().flat_map(|dump| dump.lines());
            let catalog = picture.catalog.iter().map(String::as_str);
            dump.chain(catalog).map(str::to_owned).collect::<Vec<_>>()
        };
        let (old, new) = (lines(self), lines(other));
        let gone: Vec<_> = old.iter().filter(|line| !new.contains(line)).collect();
        let come: Vec<_> = new.iter().filter(|line| !old.contains(line)).collect();
        assert!(old == new, "gone: {gone:#?}\ncome: {come:#?}");
    }
}

/// The `pg_dump` beside the server, where tests run on the server's machine and can see it.
async fn pg_dump(admin: &Client) -> Option<PathBuf> {
    let text = "select setting, current_setting('server_version_num')::int / 10000
        from pg_config where name = 'BINDIR'";
    let row = admin
        .query_one(text, &[])
        .await
        .expect("a superuser may ask");
    let program = Path::new(row.get::<_, &str>(0)).join("pg_dump");
    let version = Command::new(&program).arg("--version").output().ok()?;
    let version = String::from_utf8(version.stdout).ok()?;
    let same = version.contains(&format!(" {}.", row.get::<_, i32>(1)));
    same.then_some(program)
}

fn dump(pg_dump: &Path, database: &Database) -> String {
    let output = Command::new(pg_dump)
        .args([
            "--schema-only",
            "--no-password",
            "--dbname",
            &database.admin_url(),
        ])
        .output()
        .expect("pg_dump starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("our definitions are UTF-8");
    // A random word against injection stands in some lines, and the mark of the definitions in
    // one: what it stands for is what is compared here.
    let ours = |line: &&str| {
        !line.starts_with("\\restrict")
            && !line.starts_with("\\unrestrict")
            && !line.starts_with("COMMENT ON SCHEMA app")
    };
    text.lines().filter(ours).collect::<Vec<_>>().join("\n")
}
