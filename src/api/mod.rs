//! The nouns, one file each: types, statements, handlers. Nothing here decides who may do what.

pub mod api_keys;
pub mod audit_events;
pub mod audit_proofs;
pub mod audit_tail;
pub mod audit_webhooks;
pub mod connection_roles;
pub mod connection_test;
pub mod connections;
pub mod documents;
pub mod domains;
pub mod invitations;
pub mod join_requests;
pub mod me;
pub mod members;
pub mod memberships;
pub mod roles;
pub mod scim;
pub mod scim_directories;
pub mod scim_groups;
pub mod sessions;
pub mod shares;
pub mod sign_in;
pub mod team_members;
pub mod teams;
pub mod tenants;
pub mod workspace_members;
pub mod workspaces;

/// A page of a list, newest first. `$1` tenant, `$2` and `$3` time and id of the last item seen,
/// `$4` how many, `$5` and on what `$filters` needs. Before the first page stands a time that
/// nothing precedes, so one plan fits every page.
macro_rules! newest {
    ($columns:expr, $from:expr, $id:literal, $filters:expr) => {
        concat!(
            "select ",
            $columns,
            " from ",
            $from,
            " where tenant_id = $1 ",
            $filters,
            " and (created_at, ",
            $id,
            ") < (coalesce($2::text::timestamptz, 'infinity'), $3)",
            " order by created_at desc, ",
            $id,
            " desc limit $4"
        )
    };
}

/// The same list, oldest first.
macro_rules! oldest {
    ($columns:expr, $from:expr, $id:literal, $filters:expr) => {
        concat!(
            "select ",
            $columns,
            " from ",
            $from,
            " where tenant_id = $1 ",
            $filters,
            " and (created_at, ",
            $id,
            ") > (coalesce($2::text::timestamptz, '-infinity'), $3)",
            " order by created_at, ",
            $id,
            " limit $4"
        )
    };
}

pub(crate) use {newest, oldest};

/// The statements of the identity plane.
pub const ENTRANCE: &[&[&str]] = &[
    sign_in::STATEMENTS,
    sign_in::break_glass::STATEMENTS,
    sign_in::callback::STATEMENTS,
    sign_in::choose::STATEMENTS,
    sign_in::link::STATEMENTS,
    sign_in::logout::STATEMENTS,
    sign_in::opening::STATEMENTS,
];

/// The statements of every noun: a test plans each one as the role that will run it.
pub const STATEMENTS: &[&[&str]] = &[
    api_keys::STATEMENTS,
    audit_events::STATEMENTS,
    audit_proofs::STATEMENTS,
    audit_tail::STATEMENTS,
    audit_webhooks::STATEMENTS,
    connection_roles::STATEMENTS,
    connection_test::STATEMENTS,
    connections::STATEMENTS,
    documents::STATEMENTS,
    domains::STATEMENTS,
    invitations::STATEMENTS,
    invitations::page::STATEMENTS,
    join_requests::STATEMENTS,
    me::STATEMENTS,
    members::STATEMENTS,
    memberships::STATEMENTS,
    roles::STATEMENTS,
    scim::groups::STATEMENTS,
    scim::users::STATEMENTS,
    scim_directories::STATEMENTS,
    scim_groups::STATEMENTS,
    sessions::STATEMENTS,
    shares::STATEMENTS,
    sign_in::held::STATEMENTS,
    team_members::STATEMENTS,
    teams::STATEMENTS,
    tenants::STATEMENTS,
    workspace_members::STATEMENTS,
    workspaces::STATEMENTS,
];
