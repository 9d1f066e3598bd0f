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

pub(super) fn add_parameters(components: &mut Components) {
    let tenant = r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$";
    let line = r"^[!-~]([ -~]{0,198}[!-~])?$";
    let key = r"^[!-~]([ -~]{0,253}[!-~])?$";
    let tags = r#"^("[0-9]{1,10}"|\*)$"#;
    for (component, name, required, pattern, description) in [
        (
            "Tenant",
            "Bulkhead-Tenant",
            false,
            tenant,
            "For sessions: the tenant's slug or id.",
        ),
        (
            "Reason",
            "Bulkhead-Reason",
            false,
            line,
            "Why you do this, for the audit trail.",
        ),
        (
            "IdempotencyKey",
            "Idempotency-Key",
            false,
            key,
            "A retry with it repeats the answer.",
        ),
        ("IfMatch", "If-Match", true, tags, "The ETag that you read."),
        (
            "IfMatchOptional",
            "If-Match",
            false,
            tags,
            "Only if it is still at this version.",
        ),
    ] {
        let examples = name.eq("If-Match").then_some("\"1\"");
        let schema = text_schema().pattern(Some(pattern)).examples(examples);
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(if required {
                Required::True
            } else {
                Required::False
            })
            .description(Some(description))
            .schema(Some(schema));
        components
            .parameters
            .insert(component.to_owned(), parameter.build().into());
    }
}
