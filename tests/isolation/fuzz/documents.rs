//! Documents: what is promised of each call.

use serde_json::json;

use super::call::{Ask, Call, Noun, allowed, another};
use super::model::{Document, Share};

pub(super) fn create_document(ask: &Ask) -> Call {
    let workspace = ask.pick(Noun::Workspaces, ask.step.target);
    let may =
        ask.me.may_in("document.create", workspace) && ask.me.may_in("document.read", workspace);
    let expected = match (may, ask.me.tenant.workspaces.contains_key(&workspace)) {
        (false, _) => 403,
        (true, false) => 409,
        (true, true) => 201,
    };
    let body = json!({ "workspace_id": workspace, "title": "New" });
    Ask::make(
        Noun::Documents,
        body,
        expected,
        Box::new(move |tenant, [id, _]| {
            tenant.documents.insert(
                id,
                Document {
                    workspace,
                    version: 1,
                },
            );
        }),
    )
}

pub(super) fn update_document(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Documents, ask.step.target);
    let document = ask.me.tenant.documents.get(&id);
    let outcome = || {
        let workspace = document.expect("it is seen").workspace;
        allowed(200, ask.me.may_with("document.update", workspace, id))
    };
    let version = document.map(|document| document.version);
    let body = json!({ "title": another() });
    ask.change(
        (Noun::Documents, id),
        version,
        Some(body),
        outcome,
        Box::new(move |tenant, _| {
            if let Some(document) = tenant.documents.get_mut(&id) {
                document.version += 1;
            }
        }),
    )
}

/// Moving takes a document from all who had it by the workspace: it asks for rights in both, for
/// good in the one it leaves, and a share of the document is not enough. Its shares go with it.
pub(super) fn move_document(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Documents, ask.step.target);
    let to = ask.pick(Noun::Workspaces, ask.step.other);
    let document = ask.me.tenant.documents.get(&id);
    let me = &ask.me;
    let outcome = || {
        let from = document.expect("it is seen").workspace;
        if !me.may_with("document.update", from, id) {
            return 403;
        }
        if from == to {
            return 200;
        }
        let may = me.may_until("document.delete", (Some(from), None), None)
            && me.may_in("document.create", to)
            && me.may_with("document.update", to, id)
            && me.may_with("document.read", to, id);
        match (may, me.tenant.workspaces.contains_key(&to)) {
            (false, _) => 403,
            (true, false) => 409,
            (true, true) => 200,
        }
    };
    let version = document.map(|document| document.version);
    let body = json!({ "workspace_id": to });
    ask.change(
        (Noun::Documents, id),
        version,
        Some(body),
        outcome,
        Box::new(move |tenant, _| {
            let document = tenant.documents.get_mut(&id).expect("it was moved");
            let moved = document.workspace != to;
            *document = Document {
                workspace: to,
                version: document.version + i32::from(moved),
            };
            let follow = |share: &&mut Share| moved && share.document == Some(id);
            for share in tenant.shares.values_mut().filter(follow) {
                share.workspace = to;
                share.version += 1;
            }
        }),
    )
}

pub(super) fn delete_document(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Documents, ask.step.target);
    let document = ask.me.tenant.documents.get(&id);
    let outcome = || {
        let workspace = document.expect("it is seen").workspace;
        allowed(204, ask.me.may_with("document.delete", workspace, id))
    };
    let version = document.map(|document| document.version);
    ask.change(
        (Noun::Documents, id),
        version,
        None,
        outcome,
        Box::new(move |tenant, _| {
            tenant.documents.remove(&id);
            tenant.shares.retain(|_, share| share.document != Some(id));
        }),
    )
}
