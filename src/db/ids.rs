//! Identifiers as types: a user's id can not be passed where a document's is meant.

use std::fmt;
use std::str::FromStr;

use bytes::BytesMut;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type as Json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

type SqlError = Box<dyn std::error::Error + Sync + Send>;

macro_rules! ids {
    ($(#[doc = $doc:literal] $name:ident;)+) => { $(
        #[doc = $doc]
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(try_from = "String", into = "Uuid")]
        pub struct $name(Uuid);

        impl $name {
            /// The bare id, for a place that has no type for it.
            #[must_use]
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self).map_err(|_| "must be a UUID")
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, SqlError> {
                self.0.to_sql(kind, out)
            }

            fn accepts(kind: &Type) -> bool {
                <Uuid as ToSql>::accepts(kind)
            }

            to_sql_checked!();
        }

        impl<'a> FromSql<'a> for $name {
            fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, SqlError> {
                Uuid::from_sql(kind, raw).map(Self)
            }

            fn accepts(kind: &Type) -> bool {
                <Uuid as FromSql>::accepts(kind)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                uuid_schema($doc)
            }
        }

        impl ToSchema for $name {}
    )+ };
}

ids! {
    /// An isolated customer: an organization, or one person's account.
    TenantId;
    /// One canonical human.
    UserId;
    /// A credential: a session or an API key.
    CredentialId;
    /// A credential that a program uses, bound to one tenant.
    ApiKeyId;
    /// A named set of permissions.
    RoleId;
    /// A group of members.
    TeamId;
    /// A user's place in a team.
    TeamMemberId;
    /// A collaboration boundary inside a tenant.
    WorkspaceId;
    /// A user's or a team's place in a workspace.
    WorkspaceMemberId;
    /// An e-mail domain that a tenant claims.
    DomainId;
    /// An OpenID provider of a tenant's own.
    ConnectionId;
    /// A role that a tenant's provider gives by a claim.
    ConnectionRoleId;
    /// A person's word that somebody may come into a tenant.
    InvitationId;
    /// Somebody's wish to be let into a tenant.
    JoinRequestId;
    /// A directory that provisions a tenant's people.
    ScimDirectoryId;
    /// A team that a directory keeps.
    ScimGroupId;
    /// A document of a workspace.
    DocumentId;
    /// Something that happened.
    EventId;
    /// A person as one tenant's history knows them: not their user id, and erased with them.
    PersonId;
    /// A grant of a document or a workspace to a user or a team.
    ShareId;
    /// A place of a tenant's own that gets the checkpoints of its history.
    AuditWebhookId;
}

fn uuid_schema(description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Json::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .description(Some(description.trim()))
        .into()
}
