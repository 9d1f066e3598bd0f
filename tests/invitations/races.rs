//! At once: however many accept, one member comes of it.

use futures_util::future::{join, join_all};

use super::{NORA, accept, invite, place};
use crate::identity::{Said, comes};
use crate::support::{Answered, Server, id};

#[tokio::test(flavor = "multi_thread")]
async fn fifty_who_accept_at_once_make_one_member() {
    let server = Server::with(&[("BULKHEAD_POOL_SIZE", "16")]).await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (_, token) = invite(&server, "acme.admin", NORA, "member").await;
    let accepted = join_all((0..50).map(|_| accept(&server, &nora, &token))).await;
    let mut statuses: Vec<u16> = accepted.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert_eq!(&statuses[1..], [404; 49]);
    let told = format!(
        "select count(*) from audit.events where tenant_id = '{}' and action = 'member.create'
            and route = '/v1/invitations/accept'",
        id("acme")
    );
    assert_eq!(server.world.number(told).await, 1);
}

/// Two invitations to one person, each accepted twenty-five times.
#[tokio::test(flavor = "multi_thread")]
async fn two_invitations_at_once_make_one_member() {
    let server = Server::with(&[("BULKHEAD_POOL_SIZE", "16")]).await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (_, one) = invite(&server, "acme.admin", NORA, "member").await;
    let (_, two) = invite(&server, "acme.owner", NORA, "viewer").await;
    let tokens = [one, two];
    let accepts = (0..50).map(|n| accept(&server, &nora, &tokens[n % 2]));
    let accepted = join_all(accepts).await;
    let joined = accepted.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(joined, 1);
    let refused = accepted
        .iter()
        .filter(|reply| [404, 409].contains(&reply.status));
    assert_eq!(refused.count(), 49);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_is_taken_back_meanwhile_brings_in_nobody() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (invitation, token) = invite(&server, "acme.admin", NORA, "member").await;
    let owner = server.world.act("acme.owner").await;
    let revoke = format!("select app.revoke_invitation('{invitation}', null)");
    assert_eq!(owner.must(revoke).await.one(), "1");
    let commit = async {
        server.world.somebody_waits().await;
        owner.commit().await.expect("an owner may");
    };
    let (accepted, ()) = join(accept(&server, &nora, &token), commit).await;
    accepted.must(404);
    assert_eq!(place(&server.world, &nora).await, None);
}

/// Whichever is first counts: after it either there is no member, or the inviter still might.
#[tokio::test(flavor = "multi_thread")]
async fn an_inviter_who_is_demoted_meanwhile_brings_in_nobody_afterwards() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (_, token) = invite(&server, "acme.admin", NORA, "member").await;
    let owner = server.world.act("acme.owner").await;
    let demote = format!(
        "update tenant.members set role_id = '{}' where user_id = '{}'",
        id("acme/role/member"),
        id("acme.admin")
    );
    owner.must(demote).await;
    let commit = async {
        server.world.somebody_waits().await;
        owner.commit().await.expect("an owner may");
    };
    let (accepted, ()) = join(accept(&server, &nora, &token), commit).await;
    accepted.must(404);
    assert_eq!(place(&server.world, &nora).await, None);
    let none = server.by("acme.admin", "GET", "/v1/me").answer().await;
    assert_eq!(none.must(200).text("role"), "member");
}
