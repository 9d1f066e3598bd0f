//! `platformctl tenant`: the isolated customers.

use jiff::Timestamp;

use super::output::{Listing, Output, Rule, blame, date, listing};
use super::rows::rows;
use crate::cli::{Tenant, TenantKind};
use crate::config::Config;
use crate::db::{Control, TenantId, UserId};
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_control`.
pub(super) const STATEMENTS: &[&str] = &[CREATE, LIST, SET_STATE, LIFT_SSO];
const CREATE: &str = "
    select tenant_id as id, $1 as slug, owner_user_id
    from app.create_tenant($1, $2, $3, $4, $5, $6)";
const LIST: &str = "
    select tenant_id as id, slug, name, kind, state, region, created_at
    from app.list_tenants($1, $2)";
const SET_STATE: &str = "select app.set_tenant_state($1, $2)";
const LIFT_SSO: &str = "select app.lift_sso($1)";

const RULES: &[Rule] = &[
    Rule {
        code: "tenants_slug_unique",
        flag: "SLUG",
        words: "is taken; a slug is never given out twice, so choose another",
    },
    Rule {
        code: "tenants_slug_format",
        flag: "SLUG",
        words: "use 1 to 63 of a-z, 0-9 and -, with no - at either end",
    },
    Rule {
        code: "tenants_name_not_blank",
        flag: "--name",
        words: "must not be blank",
    },
    Rule {
        code: "tenants_name_length",
        flag: "--name",
        words: "use at most 200 characters",
    },
    Rule {
        code: "tenants_region_format",
        flag: "--region",
        words: "use 1 to 40 of a-z, 0-9 and -",
    },
    Rule {
        code: "users_email_format",
        flag: "--owner",
        words: "give an address: name@example.com",
    },
    Rule {
        code: "users_email_length",
        flag: "--owner",
        words: "use at most 320 characters",
    },
    Rule {
        code: "users_display_name_not_blank",
        flag: "--owner-name",
        words: "must not be blank",
    },
    Rule {
        code: "users_display_name_length",
        flag: "--owner-name",
        words: "use at most 200 characters; without it, the address stands in",
    },
];

rows! {
    /// A tenant that was just created.
    struct Created {
        id: TenantId,
        slug: String,
        owner_user_id: UserId,
    }

    /// A tenant in a list.
    struct Listed {
        id: TenantId,
        slug: String,
        name: String,
        kind: String,
        state: String,
        region: String,
        created_at: Timestamp,
    }
}

pub(super) async fn run(config: &Config, command: &Tenant, output: Output) -> Result<()> {
    let control = Control::connect(config).await?;
    match command {
        Tenant::Create {
            slug,
            name,
            region,
            kind,
            owner,
            owner_name,
        } => {
            let kind = match kind {
                TenantKind::Organization => "organization",
                TenantKind::Personal => "personal",
            };
            let created: Created = control
                .one(CREATE, &[slug, name, &kind, region, owner, owner_name])
                .await
                .map_err(blame(RULES))?;
            output.answer(&created, || {
                format!("created {slug} ({}), owned by {owner}", created.id)
            })
        }
        Tenant::List { after, most } => {
            let found = list(&control, after.clone(), most.limit).await?;
            output.list(
                &found,
                ["slug", "name", "kind", "state", "region", "created", "id"],
                |tenant| {
                    [
                        tenant.slug.clone(),
                        tenant.name.clone(),
                        tenant.kind.clone(),
                        tenant.state.clone(),
                        tenant.region.clone(),
                        date(tenant.created_at),
                        tenant.id.to_string(),
                    ]
                },
            )
        }
        Tenant::Suspend { slug } => set_state(&control, slug, "suspended", output).await,
        Tenant::Resume { slug } => set_state(&control, slug, "active", output).await,
        Tenant::LiftSso { slug } => {
            let (id,) = control.one(LIFT_SSO, &[slug]).await?;
            let id = known(id)?;
            let answer = serde_json::json!({ "id": id, "slug": slug, "sso_enforced": false });
            output.answer(&answer, || format!("{slug} is open to other sessions, too"))
        }
    }
}

async fn list(
    control: &Control,
    after: Option<String>,
    limit: u32,
) -> Result<Listing<Listed, String>> {
    let fetch = async |after: Option<&String>, most: i32| control.all(LIST, &[&after, &most]).await;
    listing(limit, after, |tenant: &Listed| tenant.slug.clone(), fetch).await
}

async fn set_state(
    control: &Control,
    slug: &str,
    state: &'static str,
    output: Output,
) -> Result<()> {
    let (id,) = control.one(SET_STATE, &[&slug, &state]).await?;
    let id = known(id)?;
    let answer = serde_json::json!({ "id": id, "slug": slug, "state": state });
    output.answer(&answer, || format!("{slug} is {state}"))
}

fn known(id: Option<TenantId>) -> Result<TenantId> {
    let words = "no such tenant: see `platformctl tenant list`";
    id.ok_or_else(|| Error::invalid("tenant_unknown", "SLUG", words))
}
