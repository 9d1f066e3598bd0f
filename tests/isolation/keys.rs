//! Keys: checks of keys ignore row security, so the keys themselves must keep tenants apart.

use uuid::Uuid;

use crate::support::{Relation, World, id, relations};

/// A foreign key between two tenant tables, by its columns beside `tenant_id`.
const LINKS: &str = "
    select k.conname::text, k.conrelid::regclass::text, k.confrelid::regclass::text,
        array(select a.attname::text from unnest(k.conkey) with ordinality as c (attnum, at)
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.attnum order by at),
        array(select a.attname::text from unnest(k.confkey) with ordinality as c (attnum, at)
            join pg_attribute a on a.attrelid = k.confrelid and a.attnum = c.attnum order by at)
    from pg_constraint k
    where k.contype = 'f' and k.connamespace = 'tenant'::regnamespace
        and k.confrelid in (select oid from pg_class where relnamespace = 'tenant'::regnamespace)
    order by 2, 1";

struct Link {
    name: String,
    from: String,
    to: String,
    columns: Vec<String>,
    targets: Vec<String>,
}

async fn links(world: &World) -> Vec<Link> {
    let rows = world
        .admin
        .query(LINKS, &[])
        .await
        .expect("the catalog can be read");
    rows.iter()
        .map(|row| Link {
            name: row.get(0),
            from: row.get(1),
            to: row.get(2),
            columns: row.get(3),
            targets: row.get(4),
        })
        .collect()
}

#[tokio::test]
async fn every_key_between_tenant_tables_pairs_the_tenant() {
    let world = World::start().await;
    let links = links(&world).await;
    assert!(!links.is_empty());
    for Link {
        name,
        columns,
        targets,
        ..
    } in links
    {
        assert_eq!(
            (columns[0].as_str(), targets[0].as_str()),
            ("tenant_id", "tenant_id"),
            "{name}"
        );
    }
}

/// Even the superuser, whom no policy holds, can not link a row to another tenant's.
#[tokio::test]
async fn a_link_to_a_foreign_row_fails_like_one_to_a_missing_row() {
    let world = World::start().await;
    let tables = relations(&world.admin).await;
    let named = |name: &str| -> &Relation {
        tables
            .iter()
            .find(|table| table.name == name)
            .expect("keys stand between tables")
    };
    for Link {
        name,
        from,
        to,
        columns,
        targets,
    } in links(&world).await
    {
        let (column, target) = (
            columns.last().expect("not empty"),
            targets.last().expect("same"),
        );
        let rows = named(&from).samples(&world.admin, id("acme")).await;
        let linked = rows
            .iter()
            .find(|row| row.literal(named(&from), column) != "NULL");
        let linked = linked.unwrap_or_else(|| panic!("give acme a row of {from} with a {column}"));
        let foreign = named(&to).samples(&world.admin, id("globex")).await;
        let foreign = foreign[0].literal(named(&to), target).to_owned();
        // Triggers would refuse it earlier; this is about the keys.
        world
            .tamper(&format!("alter table {from} disable trigger user"))
            .await;
        let mut answers = Vec::new();
        for other in [foreign, format!("'{}'", Uuid::new_v4())] {
            let sql = format!(
                "update {from} set {column} = {other} where {}",
                linked.condition
            );
            let error = world
                .admin
                .batch_execute(&sql)
                .await
                .expect_err("no such link");
            let error = error.as_db_error().expect("the server refuses").clone();
            answers.push((
                error.code().code().to_owned(),
                error.constraint().map(str::to_owned),
            ));
        }
        assert_eq!(
            answers[0],
            ("23503".to_owned(), Some(name)),
            "{from}.{column}"
        );
        assert_eq!(answers[0], answers[1], "{from}.{column}");
    }
}

/// The same attempts on the plane: what they are answered tells nothing, either.
#[tokio::test]
async fn a_member_learns_nothing_by_linking() {
    let world = World::start().await;
    let tables = relations(&world.admin).await;
    let named = |name: &str| -> &Relation {
        tables
            .iter()
            .find(|table| table.name == name)
            .expect("keys stand between tables")
    };
    let mut tried = 0;
    for actor in ["acme.owner", "acme.member", "acme.outsider"] {
        let act = world.act(actor).await;
        for Link {
            from,
            to,
            columns,
            targets,
            ..
        } in links(&world).await
        {
            let (table, column) = (named(&from), columns.last().expect("not empty"));
            let granted = table.granted("bulkhead_api", "insert");
            if !granted.contains(column) {
                continue;
            }
            let target = targets.last().expect("as many");
            let foreign = named(&to).samples(&world.admin, id("globex")).await;
            let foreign = foreign[0].literal(named(&to), target).to_owned();
            let missing = format!("'{}'", Uuid::new_v4());
            for row in table.samples(&world.admin, id("acme")).await {
                let insert = |other: &String| {
                    row.insert(table, granted, |name| {
                        (name == column).then(|| other.clone())
                    })
                };
                let (one, other) = (
                    act.run(insert(&foreign)).await,
                    act.run(insert(&missing)).await,
                );
                assert!(one.is_err(), "{actor} linked {from}.{column} to globex");
                // Word for word: nothing in a detail or a hint tells one from the other, either.
                let words = [one, other].map(|tried| tried.err().map(|refusal| refusal.words()));
                assert_eq!(words[0], words[1], "{actor} {from}.{column}");
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "only {tried} links were tried");
}

/// A global key would tell one tenant what another holds.
#[tokio::test]
async fn every_unique_key_of_a_tenant_table_starts_with_the_tenant() {
    const NONE: &str = "no plane has any right on it";
    /// Global, and why that tells nothing.
    const GLOBAL: &[(&str, &str)] = &[
        ("platform.bearer_tokens_credential_id_unique", NONE),
        ("platform.bearer_tokens_pkey", NONE),
        ("platform.builtin_role_permissions_pkey", "reference data"),
        (
            "platform.credential_uses_pkey",
            "written for credentials by functions only",
        ),
        (
            "platform.credentials_hash_unique",
            "to ask for a hash is to know the token",
        ),
        (
            "platform.credentials_pkey",
            "the id is never the client's to choose",
        ),
        ("platform.directory_tasks_pkey", NONE),
        ("platform.domains_pkey", NONE),
        ("platform.identities_pkey", NONE),
        ("platform.legacy_users_pkey", NONE),
        ("platform.link_proofs_pkey", NONE),
        ("platform.logout_tokens_pkey", NONE),
        ("platform.migrations_pkey", NONE),
        ("platform.permissions_pkey", "reference data"),
        ("platform.seal_keys_current", NONE),
        ("platform.seal_keys_pkey", NONE),
        ("platform.share_permissions_pkey", "reference data"),
        ("platform.sign_ins_pkey", NONE),
        (
            "platform.tenants_admits_unique",
            "wider than the primary key",
        ),
        (
            "platform.tenants_personal_user_id_unique",
            "written when its person signs in, by functions only",
        ),
        ("platform.tenants_pkey", "the operator's"),
        ("platform.tenants_slug_unique", "the operator's"),
        (
            "platform.users_canonical_subject_unique",
            "written by functions only, of an operator or a worker",
        ),
        (
            "platform.users_email_unique",
            "functions answer alike for old and new people",
        ),
        ("platform.users_pkey", "made by functions only"),
        ("platform.users_state_unique", "wider than the primary key"),
    ];
    let world = World::start().await;
    let rows = world
        .admin
        .query(
            "select format('%s.%s', c.relnamespace::regnamespace, c.relname)
             from pg_index i join pg_class c on c.oid = i.indexrelid
             where i.indisunique and c.relnamespace::regnamespace::text in ('platform', 'tenant')
                and not exists (select from pg_attribute a where a.attrelid = i.indrelid
                    and a.attnum = i.indkey[0] and a.attname = 'tenant_id')
             order by 1",
            &[],
        )
        .await
        .expect("the catalog can be read");
    let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let known: Vec<&str> = GLOBAL.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, known);
}
