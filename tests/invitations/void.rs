//! Void: what an invitation promised when it was made counts for nothing if it is not so now.

use uuid::Uuid;

use super::{INVITATIONS, NORA, accept, invite, place};
use crate::identity::{Said, comes};
use crate::support::{Answered, Server, id};

fn member(set: &str, who: &str) -> String {
    format!(
        "update tenant.members set {set} where user_id = '{}'",
        id(who)
    )
}

fn role(name: &str) -> Uuid {
    id(&format!("acme/role/{name}"))
}

/// What makes it void, and what makes it good again.
fn changes() -> Vec<(&'static str, String, Option<String>)> {
    let admin = id("acme.admin");
    let state = |name: &str, state: &str| {
        format!("update platform.{name} set state = '{state}'")
            + if name == "users" {
                " where id = '"
            } else {
                " where slug = '"
            }
    };
    let user = |to: &str| state("users", to) + &format!("{admin}'");
    let tenant = |to: &str| state("tenants", to) + "acme'";
    let demoted = |to: &str| member(&format!("role_id = '{}'", role(to)), "acme.admin");
    let shut = |to: &str| member(&format!("state = '{to}'"), "acme.admin");
    let moved = |by: &str| {
        format!(
            "update tenant.invitations set sent_at = sent_at {by}, expires_at = expires_at {by}
             where email = '{NORA}'"
        )
    };
    let grown = |how: &str| match how {
        "more" => format!(
            "insert into tenant.role_permissions (tenant_id, role_id, level, permission)
             values ('{}', '{}', 'tenant', 'tenant.delete')",
            id("acme"),
            role("clerk")
        ),
        _ => format!(
            "delete from tenant.role_permissions where role_id = '{}'
                and permission = 'tenant.delete'",
            role("clerk")
        ),
    };
    vec![
        (
            "its inviter may invite nobody",
            demoted("member"),
            Some(demoted("admin")),
        ),
        (
            "its inviter is shut out",
            shut("deactivated"),
            Some(shut("active")),
        ),
        (
            "its inviter is no more",
            user("deactivated"),
            Some(user("active")),
        ),
        (
            "its role has grown above its inviter",
            grown("more"),
            Some(grown("less")),
        ),
        (
            "its tenant is suspended",
            tenant("suspended"),
            Some(tenant("active")),
        ),
        (
            "its tenant is closing",
            tenant("closing"),
            Some(tenant("active")),
        ),
        (
            "its time is over",
            moved("- interval '8 days'"),
            Some(moved("+ interval '8 days'")),
        ),
        (
            "its inviter has left",
            format!("delete from tenant.members where user_id = '{admin}'"),
            None,
        ),
    ]
}

#[tokio::test]
async fn an_invitation_is_void_while_it_is_not_its_inviter_s_to_give() {
    for (what, spoil, mend) in changes() {
        let server = Server::start().await;
        let nora = comes(&server.world, Said::proven("nora", NORA)).await;
        let (_, token) = invite(&server, "acme.admin", NORA, "clerk").await;
        server.world.arrange(&spoil).await;
        accept(&server, &nora, &token).await.must(404);
        assert_eq!(place(&server.world, &nora).await, None, "{what}");
        let Some(mend) = mend else { continue };
        server.world.arrange(&mend).await;
        accept(&server, &nora, &token).await.must(200);
        assert_eq!(
            place(&server.world, &nora).await.unwrap(),
            "clerk active",
            "{what}"
        );
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
            "update tenant.members set state = 'deactivated' where tenant_id = '{}' and user_id = '{}'",
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
