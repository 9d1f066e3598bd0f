//! Discovery (RFC 7644 §4): what a directory is told of what there is.

use serde_json::{Value, json};

use super::attribute::Attribute;
use super::{ENTERPRISE, GROUP, USER, schema};

/// The most that one page of a list holds.
pub const MOST: i64 = 200;

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// What this service does of the protocol.
#[must_use]
pub fn config(base: &str) -> Value {
    let no = json!({ "supported": false });
    json!({
        "schemas": [CONFIG],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MOST },
        "changePassword": no,
        "sort": no,
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token of the directory, as `Authorization: Bearer`.",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

/// What kinds of resources there are.
#[must_use]
pub fn resource_types(base: &str) -> Vec<Value> {
    let told = |name: &str, path: &str, description: &str, schema: &str, extensions: Value| {
        json!({
            "schemas": [TYPE],
            "id": name,
            "name": name,
            "endpoint": path,
            "description": description,
            "schema": schema,
            "schemaExtensions": extensions,
            "meta": {
                "resourceType": "ResourceType",
                "location": format!("{base}/ResourceTypes/{name}"),
            },
        })
    };
    let enterprise = json!([{ "schema": ENTERPRISE, "required": false }]);
    vec![
        told(
            "User",
            "/Users",
            "A member of the tenant.",
            USER,
            enterprise,
        ),
        told(
            "Group",
            "/Groups",
            "A team of the tenant.",
            GROUP,
            json!([]),
        ),
    ]
}

/// Which attributes they have.
#[must_use]
pub fn schemas(base: &str) -> Vec<Value> {
    let told = |id: &str, name: &str, description: &str, attributes: &[Attribute]| {
        let attributes: Vec<Value> = attributes.iter().map(Attribute::described).collect();
        json!({
            "schemas": [SCHEMA],
            "id": id,
            "name": name,
            "description": description,
            "attributes": attributes,
            "meta": {
                "resourceType": "Schema",
                "location": format!("{base}/Schemas/{id}"),
            },
        })
    };
    vec![
        told(USER, "User", "A member of the tenant.", schema::USER),
        told(
            ENTERPRISE,
            "EnterpriseUser",
            "What a company says of a user besides.",
            schema::ENTERPRISE,
        ),
        told(GROUP, "Group", "A team of the tenant.", schema::GROUP),
    ]
}
