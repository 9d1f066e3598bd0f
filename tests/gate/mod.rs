//! The gate: only a credential makes a context, nobody else can, and it ends when it must.

mod admission;
mod escape;
mod forgery;
mod rotation;
mod seal;
mod shadow;
mod words;

use tokio_postgres::Client;

use crate::support::Act;

/// What the gate wrote.
async fn context(act: &Act) -> String {
    act.must("select current_setting('app.context')")
        .await
        .one()
}

/// Puts a context where the gate puts it, as any client can.
fn wear(context: &str) -> String {
    format!(
        "select set_config('app.context', {}, true)",
        literal(context)
    )
}

fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// What every context, good or bad, is asked in these tests.
const QUESTIONS: [&str; 5] = [
    "select app.tenant_id()",
    "select app.reason()",
    "select app.holds('document.read')",
    "select count(*) from tenant.documents",
    "select * from app.me()",
];

/// Every question is refused, because what is worn does not fit its seal.
async fn assert_forged(act: &Act, how: &str) {
    for question in QUESTIONS {
        let refusal = act.run(question).await.expect_err(how);
        assert_eq!(
            refusal.to_string(),
            "42501 context_forged",
            "{how}: {question}"
        );
    }
}

/// Every answer is that of nobody.
async fn assert_nobody(act: &Act, how: &str) {
    assert_eq!(
        act.must("select app.tenant_id()").await.optional(),
        None,
        "{how}"
    );
    assert_eq!(
        act.must("select app.user_id()").await.optional(),
        None,
        "{how}"
    );
    assert_eq!(
        act.must("select app.holds('document.read')").await.one(),
        "f",
        "{how}"
    );
    assert_eq!(act.count("tenant.documents").await, 0, "{how}");
    assert_eq!(act.count("tenant.members").await, 0, "{how}");
}

/// All the server says of a refusal, not only what a client may rely on.
async fn whole_refusal(client: &Client, sql: &str) -> String {
    let error = client.query(sql, &[]).await.expect_err(sql);
    let said = error.as_db_error().expect("the server answered");
    format!("{said:?}")
}
