//! The acts of teams and of who is in them.

use super::{Case, HERE, case};
use crate::support::id;

pub(super) fn cases() -> Vec<Case> {
    let crew = id("acme/team/crew");
    let team = format!("where id = '{crew}'");
    vec![
        case("team.read", &[], format!("select from tenant.teams {team}")),
        case(
            "team.read",
            &[],
            format!("select from tenant.team_members where team_id = '{crew}'"),
        ),
        case(
            "team.create",
            &[],
            format!(
                "insert into tenant.teams (tenant_id, name, created_by)
                values ({HERE}, 'new', app.user_id())"
            ),
        ),
        case(
            "team.update",
            &["team.read"],
            format!("update tenant.teams set name = 'n' {team}"),
        ),
        case(
            "team.update",
            &[],
            format!(
                "insert into tenant.team_members (tenant_id, team_id, user_id)
                values ({HERE}, '{}', '{}')",
                id("acme/team/idle"),
                id("acme.newcomer")
            ),
        ),
        case(
            "team.update",
            &["team.read"],
            format!("delete from tenant.team_members where team_id = '{crew}'"),
        ),
        case(
            "team.delete",
            &["team.read"],
            format!("delete from tenant.teams {team}"),
        ),
    ]
}
