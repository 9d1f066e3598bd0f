//! What there is, asked of the catalog: a table added tomorrow is tested tomorrow.

use std::collections::BTreeMap;
use std::fmt::Write;

use tokio_postgres::{Client, Row};
use uuid::Uuid;

/// A table or view that stands where some plane can reach.
#[derive(Debug)]
pub(crate) struct Relation {
    /// `schema.table`.
    pub(crate) name: String,
    /// The columns of the primary key.
    pub(crate) key: Vec<String>,
    pub(crate) columns: Vec<String>,
    /// The columns on which each role holds each privilege.
    grants: BTreeMap<(String, String), Vec<String>>,
}

/// One row, as the superuser sees it.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// A condition that only this row fulfils.
    pub(crate) condition: String,
    /// A literal for each column, in the relation's order.
    pub(crate) literals: Vec<String>,
}

const RELATIONS: &str = "
    select format('%I.%I', n.nspname, c.relname),
        array(select a.attname::text from pg_index i
            cross join unnest(i.indkey::int[]) with ordinality as k (attnum, at)
            join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
            where i.indrelid = c.oid and i.indisprimary order by k.at),
        array(select a.attname::text from pg_attribute a
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                and a.attgenerated = '' order by a.attnum)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
        and n.nspname not in ('pg_catalog', 'information_schema')
        and exists (select from pg_roles r where r.rolname like 'bulkhead\\_%' and r.rolcanlogin
            and has_schema_privilege(r.oid, n.oid, 'usage'))
    order by 1";

const GRANTS: &str = "
    select r.rolname::text, p.privilege, array_agg(c.name order by c.at)
    from pg_roles r
    cross join unnest(array['select', 'insert', 'update']) as p (privilege)
    cross join unnest($2::text[]) with ordinality as c (name, at)
    where r.rolname like 'bulkhead\\_%'
        and has_column_privilege(r.oid, $1::text, c.name, p.privilege)
    group by 1, 2";

/// Every table and view in every schema that a plane can reach.
pub(crate) async fn relations(admin: &Client) -> Vec<Relation> {
    let rows = admin
        .query(RELATIONS, &[])
        .await
        .expect("the catalog can be read");
    let relation = |row: &Row| Relation {
        name: row.get(0),
        key: row.get(1),
        columns: row.get(2),
        grants: BTreeMap::new(),
    };
    let mut relations: Vec<Relation> = rows.iter().map(relation).collect();
    for relation in &mut relations {
        let grants = admin
            .query(GRANTS, &[&relation.name, &relation.columns])
            .await
            .expect("the catalog can be read");
        let grant = |row: &Row| ((row.get(0), row.get(1)), row.get(2));
        relation.grants = grants.iter().map(grant).collect();
    }
    relations
}

impl Relation {
    /// Whether this is a tenant's, by the schema it stands in.
    pub(crate) fn is_tenant_table(&self) -> bool {
        self.name.starts_with("tenant.")
    }

    /// Whether its rows belong to no tenant.
    pub(crate) fn is_global(&self) -> bool {
        self.tenant().is_none()
    }

    /// The tenant to which row `x` belongs, as an expression; none for what is global.
    fn tenant(&self) -> Option<&'static str> {
        let of_user = "(select min(m.tenant_id::text)::uuid from tenant.members m \
            where m.user_id = x.id)";
        match self.name.as_str() {
            name if name.starts_with("tenant.") => Some("x.tenant_id"),
            "platform.tenants" => Some("x.id"),
            "platform.users" => Some(of_user),
            "platform.identities"
            | "platform.bearer_tokens"
            | "platform.directory_tasks"
            | "platform.legacy_users" => Some(
                "(select min(m.tenant_id::text)::uuid from tenant.members m \
                 where m.user_id = x.user_id)",
            ),
            "platform.credentials" => Some(
                "coalesce(x.tenant_id, (select min(m.tenant_id::text)::uuid \
                 from tenant.members m where m.user_id = x.user_id))",
            ),
            "platform.credential_uses" => Some(
                "(select coalesce(c.tenant_id, m.tenant_id) from platform.credentials c \
                 join tenant.members m on m.user_id = c.user_id where c.id = x.credential_id)",
            ),
            "audit.events"
            | "audit.event_pii"
            | "audit.leaves"
            | "audit.subtrees"
            | "audit.trees"
            | "audit.checkpoints"
            | "keystore.pseudonyms"
            | "platform.domains"
            | "platform.link_proofs"
            | "keystore.salts"
            | "keystore.tallies" => Some("x.tenant_id"),
            "audit.policy_versions"
            | "audit.progress"
            | "audit.incarnations"
            | "audit.epochs"
            | "audit.anchorings"
            | "audit.cosignatures"
            | "platform.logout_tokens"
            | "platform.permissions"
            | "platform.share_permissions"
            | "platform.builtin_role_permissions"
            | "platform.seal_keys"
            | "platform.sign_ins"
            | "platform.migrations" => None,
            new => panic!("{new}: say in tests/support/catalog.rs to which tenant a row belongs"),
        }
    }

    /// Every row that belongs to `tenant`, as text.
    pub(crate) async fn all(&self, admin: &Client, tenant: Uuid) -> Vec<String> {
        let owner = self.tenant().expect("not asked of global tables");
        let name = &self.name;
        let text = format!("select x::text from {name} x where {owner} = '{tenant}' order by 1");
        let rows = admin.query(&text, &[]).await;
        let rows = rows.unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The rows that belong to `tenant`; of a global table, any. Where hundreds are alike, a few
    /// stand for all.
    pub(crate) async fn samples(&self, admin: &Client, tenant: Uuid) -> Vec<Sample> {
        assert!(
            !self.key.is_empty(),
            "{}: the matrix names rows by their primary key",
            self.name
        );
        let belongs = match self.tenant() {
            Some(_) if self.name == "tenant.role_permissions" => format!(
                "x.tenant_id = '{tenant}' and exists (select from tenant.roles r \
                 where r.id = x.role_id and r.name in ('guest', 'clerk'))"
            ),
            Some(owner) => format!("{owner} = '{tenant}'"),
            None => "true".to_owned(),
        };
        let literals = each(&self.columns, |column| {
            format!("quote_nullable(x.{column}::text)")
        });
        let condition = each(&self.key, |column| {
            format!("'{column} = ', quote_literal(x.{column})")
        });
        let text = format!(
            "select concat({}), array[{}] from {} x where {belongs} order by 1 limit 40",
            condition.join(", ' and ', "),
            literals.join(", "),
            self.name,
        );
        let rows = admin.query(&text, &[]).await;
        let rows = rows.unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        let sample = |row: &Row| Sample {
            condition: row.get(0),
            literals: row.get(1),
        };
        rows.iter().map(sample).collect()
    }

    /// The columns on which `role` holds a privilege.
    pub(crate) fn granted(&self, role: &str, privilege: &str) -> &[String] {
        let key = (role.to_owned(), privilege.to_owned());
        self.grants.get(&key).map_or(&[], Vec::as_slice)
    }
}

fn each(columns: &[String], text: impl Fn(&str) -> String) -> Vec<String> {
    columns.iter().map(|column| text(column)).collect()
}

impl Sample {
    /// `insert` of the given columns, where `with` may put another literal in place.
    pub(crate) fn insert(
        &self,
        relation: &Relation,
        columns: &[String],
        with: impl Fn(&str) -> Option<String>,
    ) -> String {
        let mut values = String::new();
        for column in columns {
            let separator = if values.is_empty() { "" } else { ", " };
            let literal = with(column).unwrap_or_else(|| self.literal(relation, column).to_owned());
            write!(values, "{separator}{literal}").expect("a String takes any text");
        }
        format!(
            "insert into {} ({}) values ({values})",
            relation.name,
            columns.join(", ")
        )
    }

    /// The value of a column, as a literal.
    pub(crate) fn literal(&self, relation: &Relation, column: &str) -> &str {
        let at = relation.columns.iter().position(|known| known == column);
        &self.literals[at.expect("the column is the relation's")]
    }
}
