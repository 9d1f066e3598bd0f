//! Parameters that come with a path, or with every request of a kind.

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{
    Components, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Required};

/// Every `{name}` of a path is an id; one that is not is described by its handler.
pub(super) fn describe_ids(operation: &mut Operation, path: &str) {
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters = operation.parameters.get_or_insert_default();
    for name in names {
        if parameters
            .iter()
            .any(|known| matches!(known, RefOr::T(known) if known.name == name))
        {
            continue;
        }
        let uuid = SchemaFormat::KnownFormat(KnownFormat::Uuid);
        let schema = text_schema().format(Some(uuid));
        let id = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(schema));
        parameters.push(id.build().into());
    }
}

pub(super) fn text_schema() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String))
}

const TENANT: &str = r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$";
const REASON: &str = r"^[!-~]([ -~]{0,198}[!-~])?$";
const KEY: &str = r"^[!-~]([ -~]{0,253}[!-~])?$";
const TAG: &str = r#"^("[0-9]{1,10}"|\*)$"#;

/// Component, header, pattern, what it is for.
const HEADERS: [(&str, &str, &str, &str); 5] = [
    (
        "Tenant",
        "Bulkhead-Tenant",
        TENANT,
        "For sessions: the tenant's slug or id.",
    ),
    (
        "Reason",
        "Bulkhead-Reason",
        REASON,
        "Why you do this, for the audit trail.",
    ),
    (
        "IdempotencyKey",
        "Idempotency-Key",
        KEY,
        "A retry with it repeats the answer.",
    ),
    (REQUIRED, "If-Match", TAG, "The ETag that you read."),
    (
        "IfMatchOptional",
        "If-Match",
        TAG,
        "Only if it is still at this version.",
    ),
];
const REQUIRED: &str = "IfMatch";

pub(super) fn add_parameters(components: &mut Components) {
    for (component, name, pattern, description) in HEADERS {
        let examples = (pattern == TAG).then_some("\"1\"");
        let schema = text_schema().pattern(Some(pattern)).examples(examples);
        let required = if component == REQUIRED {
            Required::True
        } else {
            Required::False
        };
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(required)
            .description(Some(description))
            .schema(Some(schema));
        let parameter = parameter.build().into();
        components
            .parameters
            .insert(component.to_owned(), parameter);
    }
}
