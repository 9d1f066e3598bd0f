//! Void: what an invitation promised when it was made counts for nothing if it is not so now.

use uuid::Uuid;

use super::{INVITATIONS, NORA, accept, invite, place};
use crate::identity::{Said, comes};
use crate::support::{Answered, Server, id};

fn role(name: &str) -> Uuid {
    id(&format!("acme/role/{name}"))
}

/// What makes it void and good again: `*` is first one, then the other of two words.
fn changes() -> Vec<(&'static str, String, [String; 2])> {
    let admin = id("acme.admin");
    let words = |void: &str, good: &str| [void.to_owned(), good.to_owned()];
    let of =
        |table: &str, set: &str, which: String| format!("update {table} set {set} where {which}");
    let inviter = format!("tenant_id = '{}' and user_id = '{admin}'", id("acme"));
    let state = "state = '*'";
    let roles = ["member", "admin"].map(|name| role(name).to_string());
    let (user, tenant) = (format!("id = '{admin}'"), "slug = 'acme'".to_owned());
    // Its inviter was there before.
    let moved = format!(
        "update tenant.members set created_at = now() - interval '30 days' where {inviter};
         update tenant.invitations set sent_at = sent_at * interval '8 days',
            expires_at = expires_at * interval '8 days' where email = '{NORA}'"
    );
    // Which of its roles permits what only an owner may.
    let grown = format!(
        "delete from tenant.role_permissions where permission = 'tenant.delete';
         insert into tenant.role_permissions (tenant_id, role_id, level, permission)
         select '{}', id, 'tenant', 'tenant.delete' from tenant.roles
         where tenant_id = '{}' and name = '*'",
        id("acme"),
        id("acme")
    );
    let members = "tenant.members";
    vec![
        (
            "its inviter may invite nobody",
            of(members, "role_id = '*'", inviter.clone()),
            roles,
        ),
        (
            "its inviter is shut out",
            of(members, state, inviter),
            words("deactivated", "active"),
        ),
        (
            "its inviter is no more",
            of("platform.users", state, user),
            words("deactivated", "active"),
        ),
        (
            "its tenant is suspended",
            of("platform.tenants", state, tenant.clone()),
            words("suspended", "active"),
        ),
        (
            "its tenant is closing",
            of("platform.tenants", state, tenant),
            words("closing", "active"),
        ),
        (
            "its role is above its inviter",
            grown,
            words("clerk", "owner"),
        ),
        ("its time is over", moved, words("-", "+")),
    ]
}

#[tokio::test]
async fn an_invitation_is_void_while_it_is_not_its_inviter_s_to_give() {
    for (what, change, [void, good]) in changes() {
        let server = Server::start().await;
        let nora = comes(&server.world, Said::proven("nora", NORA)).await;
        let (_, token) = invite(&server, "acme.admin", NORA, "clerk").await;
        server.world.arrange(change.replace('*', &void)).await;
        accept(&server, &nora, &token).await.must(404);
        assert_eq!(place(&server.world, &nora).await, None, "{what}");
        server.world.arrange(change.replace('*', &good)).await;
        accept(&server, &nora, &token).await.must(200);
        let placed = place(&server.world, &nora).await;
        assert_eq!(placed.as_deref(), Some("clerk active"), "{what}");
    }
}

/// Else whoever was taken out would still bring in others once they are back, as whoever they are.
#[tokio::test]
async fn an_inviter_who_left_and_is_back_has_invited_nobody() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (invitation, token) = invite(&server, "acme.admin", NORA, "clerk").await;
    let path = format!("/v1/members/{}", id("acme.admin"));
    server
        .by("acme.owner", "DELETE", &path)
        .answer()
        .await
        .must(204);
    let back = serde_json::json!({ "email": "acme.admin@example.test", "role": "admin" });
    server
        .post("acme.owner", "/v1/members", &back)
        .await
        .must(201);
    accept(&server, &nora, &token).await.must(404);
    let resend = format!("{INVITATIONS}/{invitation}/resend");
    let sent = server
        .post("acme.owner", &resend, &serde_json::json!({}))
        .await;
    let token = sent.must(200).text("token");
    accept(&server, &nora, &token).await.must(200);
}

#[tokio::test]
async fn a_workspace_is_given_only_while_its_inviter_could() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    // A guest of the tenant who runs one workspace, and may invite.
    let arrange = format!(
        "insert into tenant.role_permissions (tenant_id, role_id, level, permission)
         values ('{acme}', '{guest}', 'tenant', 'invitation.create');
         update tenant.workspace_members set role_id = '{admin}'
         where id = '{place}'",
        acme = id("acme"),
        guest = role("guest"),
        admin = role("admin"),
        place = id("acme/workspace_member/plans/guest"),
    );
    server.world.arrange(arrange).await;
    let new = |of: &str| {
        serde_json::json!({
            "email": NORA, "role": "guest", "workspace_role": of,
            "workspace_id": id("acme/workspace/plans"),
        })
    };
    let above = server.post("acme.guest", INVITATIONS, &new("owner")).await;
    let code = "403 invitations_workspace_role_id_above_own";
    assert_eq!(above.refusal(), code);
    let made = server.post("acme.guest", INVITATIONS, &new("member")).await;
    let token = made.must(201).text("token");
    let place = |to: &str| {
        format!(
            "update tenant.workspace_members set role_id = '{}' where id = '{}'",
            role(to),
            id("acme/workspace_member/plans/guest")
        )
    };
    server.world.arrange(place("viewer")).await;
    accept(&server, &nora, &token).await.must(404);
    server.world.arrange(place("admin")).await;
    accept(&server, &nora, &token).await.must(200);
}

#[tokio::test]
async fn who_left_comes_back_by_an_invitation_made_since_and_no_other() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (_, first) = invite(&server, "acme.admin", NORA, "viewer").await;
    let (_, kept) = invite(&server, "acme.admin", NORA, "viewer").await;
    accept(&server, &nora, &first).await.must(200);
    let path = format!("/v1/members/{}", nora.user);
    server
        .by("acme.admin", "DELETE", &path)
        .answer()
        .await
        .must(204);
    accept(&server, &nora, &kept).await.must(404);
    assert_eq!(place(&server.world, &nora).await, None);
    let (_, since) = invite(&server, "acme.admin", NORA, "guest").await;
    accept(&server, &nora, &since).await.must(200);
    assert_eq!(place(&server.world, &nora).await.unwrap(), "guest active");
}

/// Shut out is shut out: an administrator lets them back in, and nobody else's word does.
#[tokio::test]
async fn who_is_deactivated_stays_so() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (_, first) = invite(&server, "acme.admin", NORA, "viewer").await;
    accept(&server, &nora, &first).await.must(200);
    server
        .world
        .arrange(format!(
            "update tenant.members set state = 'deactivated'
             where tenant_id = '{}' and user_id = '{}'",
            id("acme"),
            nora.user
        ))
        .await;
    let (_, since) = invite(&server, "acme.owner", NORA, "admin").await;
    accept(&server, &nora, &since).await.must(404);
    assert_eq!(
        place(&server.world, &nora).await.unwrap(),
        "viewer deactivated"
    );
}

#[tokio::test]
async fn what_was_taken_back_brings_in_nobody() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (invitation, token) = invite(&server, "acme.admin", NORA, "viewer").await;
    let path = format!("{INVITATIONS}/{invitation}");
    let delete = async |who: &str| server.by(who, "DELETE", &path).answer().await;
    let refused = delete("acme.member").await;
    assert_eq!(refused.refusal(), "403 invitations_delete");
    delete("globex.owner").await.must(404);
    delete("acme.owner").await.must(204);
    delete("acme.owner").await.must(404);
    accept(&server, &nora, &token).await.must(404);
    let shown = server.get("acme.auditor", &path).await.must(200);
    assert_eq!(shown.text("state"), "revoked");
}
