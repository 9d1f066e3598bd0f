//! Managed servers: migrations run for an administrator who is no superuser.

use bulkhead::config::Config;
use bulkhead::db::Admin;
use bulkhead::schema;
use tokio_postgres::Client;
use uuid::Uuid;

use super::{age, list};
use crate::support::Database;

/// A login with CREATEROLE, as managed servers hand out, and a database of its own. The roles
/// exist in this cluster already; ADMIN on them is what their creator would have.
async fn landlord(database: &Database, admin: &Client) -> (String, String) {
    let name = format!("landlord_{}", &Uuid::new_v4().simple().to_string()[..8]);
    let password = Uuid::new_v4().simple().to_string();
    let text = format!(
        "create role {name} login createrole nosuperuser password '{password}';
         alter database {} owner to {name};
         grant bulkhead_owner, bulkhead_definer to {name} with admin option",
        database.name
    );
    admin.batch_execute(&text).await.expect("a superuser may");
    let sixteen = "select current_setting('server_version_num')::int >= 160000";
    if admin.query_one(sixteen, &[]).await.expect("asked").get(0) {
        // What creating a role gives, and no more: neither its rights nor becoming it.
        let only_admin = format!(
            "grant bulkhead_owner, bulkhead_definer to {name} with inherit false, set false"
        );
        admin
            .batch_execute(&only_admin)
            .await
            .expect("a superuser may");
    }
    let url = database.admin_url();
    let (_, host) = url.rsplit_once('@').expect("the URL names a user");
    let url = format!("postgres://{name}:{password}@{host}");
    (name, url)
}

async fn connect(url: &str) -> Admin {
    let config =
        Config::load(|name| (name == "BULKHEAD_ADMIN_DATABASE_URL").then(|| url.to_owned()));
    Admin::connect(&config.expect("the defaults are valid"))
        .await
        .expect("it logs in")
}

#[tokio::test]
async fn an_administrator_who_is_no_superuser_migrates() {
    let database = Database::empty().await;
    let admin = database.admin().await;
    let (name, url) = landlord(&database, &admin).await;
    let outcome = migrates(&admin, &url).await;
    let clean = format!(
        "alter database {} owner to current_user; reassign owned by {name} to current_user;
         drop owned by {name}; drop role {name}",
        database.name
    );
    admin
        .batch_execute(&clean)
        .await
        .expect("the landlord moves out");
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

async fn migrates(admin: &Client, url: &str) -> Result<(), String> {
    let mut landlord = connect(url).await;
    let migrate = async |landlord: &mut Admin| {
        schema::migrate(landlord)
            .await
            .map_err(|error| error.to_string())
    };
    let plan = migrate(&mut landlord).await?;
    if plan.guarded || !plan.rebuild {
        return Err(format!("an event trigger needs a superuser: {plan:?}"));
    }
    if !migrate(&mut landlord).await?.is_empty() {
        return Err("the second migration found something to do".to_owned());
    }
    age(admin).await;
    let again = migrate(&mut connect(url).await).await?;
    if !again.rebuild || !again.pending.is_empty() {
        return Err(format!("a rebuild was due: {again:?}"));
    }
    let owners = "select distinct relowner::regrole::text from pg_class
        where relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
        union select distinct proowner::regrole::text from pg_proc
        where pronamespace = 'app'::regnamespace order by 1";
    let owners = list(admin, owners).await;
    if owners != ["bulkhead_definer", "bulkhead_owner"] {
        return Err(format!("{owners:?}"));
    }
    // The check stands in for the guard that could not be made.
    let open = "alter table tenant.documents no force row level security";
    admin
        .batch_execute(open)
        .await
        .map_err(|error| error.to_string())?;
    match migrate(&mut landlord).await {
        Err(error) if error.contains("row security is forced") => Ok(()),
        other => Err(format!("an open table was not noticed: {other:?}")),
    }
}
