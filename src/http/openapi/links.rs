//! Links: what can be done next with a thing that was just made.

use utoipa::openapi::RefOr;
use utoipa::openapi::link::Link;
use utoipa::openapi::path::{Operation, PathItem, Paths};

/// From each 201 of a collection to the operations on one of its things.
pub(super) fn link_created(paths: &mut Paths) {
    let collections: Vec<String> = paths.paths.keys().cloned().collect();
    for collection in collections {
        let links: Vec<Link> = paths
            .paths
            .iter()
            .filter_map(|(path, item)| Some((id_below(path, &collection)?, item)))
            .flat_map(|(id, item)| links_to(item, id))
            .collect();
        let made = paths.paths.get_mut(&collection);
        let made = made.and_then(|item| item.post.as_mut()?.responses.responses.get_mut("201"));
        if let Some(RefOr::T(made)) = made {
            let named = links
                .into_iter()
                .map(|link| (link.operation_id.clone(), link.into()));
            made.links.extend(named);
        }
    }
}

/// `/v1/documents/{id}` stands below `/v1/documents` and takes `id`.
fn id_below<'a>(path: &'a str, collection: &str) -> Option<&'a str> {
    let id = path.strip_prefix(collection)?.strip_prefix("/{")?;
    id.strip_suffix('}').filter(|id| !id.contains('/'))
}

fn links_to(item: &PathItem, id: &str) -> impl Iterator<Item = Link> {
    let link = |operation: &Operation| {
        Link::builder()
            .operation_id(operation.operation_id.clone().unwrap_or_default())
            .parameter(format!("path.{id}"), format!("$response.body#/{id}"))
    };
    let patch = item.patch.iter().map(link);
    // A change needs the version that the answer's ETag names.
    let patch = patch.map(|link| link.parameter("header.If-Match", "$response.header.ETag"));
    let rest = item.get.iter().chain(&item.delete).map(link);
    let links: Vec<Link> = rest.chain(patch).map(|link| link.build()).collect();
    links.into_iter()
}
