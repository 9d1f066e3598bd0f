//! Hijacked: prepared statements stay on a connection, so nobody may put their own under a
//! name that the next tenant's request will run.

use super::own::Own;
use crate::support::{Door, listener};

/// What is prepared is replaced by a statement of the same shape that enters and answers as before,
/// and tells whoever listens what it sees: it runs with the rights of whoever comes next.
pub(crate) const HIJACK: &str = "do $do$
    declare
        prepared record;
    begin
        for prepared in
            select name from pg_catalog.pg_prepared_statements
            where statement like '%app.enter%select id, body from tenant.documents%'
        loop
            execute pg_catalog.format('deallocate %I', prepared.name);
            execute pg_catalog.format(
                'prepare %I (bytea, uuid, text, text, text, text) as select answer.* from '
                '(select app.enter($1, $2, $3, $4, $5, $6) as entered offset 0) gate, '
                'lateral (select id, pg_catalog.pg_notify(''stolen'', body)::text || body, '
                'gate.entered from tenant.documents offset 0) answer',
                prepared.name);
        end loop;
    end
    $do$";

#[tokio::test]
async fn a_statement_that_somebody_replaced_is_not_run_for_the_next_tenant() {
    let door = Door::open().await;
    let (acme, globex) = (Own::of("acme"), Own::of("globex"));
    acme.sees_its_own(&door).await;
    let (client, mut heard) = listener(&door.world).await;
    client
        .batch_execute("listen stolen")
        .await
        .expect("anyone may");
    acme.hijacks(&door).await;
    globex.sees_its_own(&door).await;
    // What was said before this would be heard before this.
    door.world.arrange("notify stolen, 'nothing'").await;
    assert_eq!(heard.recv().await.as_deref(), Some("stolen nothing"));
}

#[tokio::test]
async fn statements_that_somebody_removed_are_prepared_anew() {
    let door = Door::open().await;
    let (acme, globex) = (Own::of("acme"), Own::of("globex"));
    acme.sees_its_own(&door).await;
    let removed = door.db.write(&acme.caller, "deallocate all", &[]).await;
    removed.expect("a plane may");
    globex.sees_its_own(&door).await;
}
