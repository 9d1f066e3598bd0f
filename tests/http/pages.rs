//! Pages: whoever follows the cursors meets every row that stays in place, once and in order,
//! whatever else comes and goes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::DOCUMENTS;
use crate::support::{Answered, Reply, Server, id};

/// Every list there is, and its orders: from the service's own description.
async fn lists(server: &Server) -> Vec<(String, Vec<String>)> {
    let description = server.request("GET", "/openapi.json").answer().await.json();
    let paths = description["paths"].as_object().expect("there are paths");
    let list = |(path, item): (&String, &Value)| {
        let parameters = item["get"]["parameters"].as_array()?;
        let sort = parameters.iter().find(|one| one["name"] == "sort")?;
        let words = sort["schema"]["enum"].as_array().expect("sorts are listed");
        let words = words
            .iter()
            .map(|word| word.as_str().expect("a word").to_owned());
        Some((path.clone(), words.collect()))
    };
    let lists: Vec<_> = paths.iter().filter_map(list).collect();
    assert!(lists.len() > 8, "{lists:?}");
    lists
}

fn ids(page: &Reply) -> Vec<String> {
    let id = |item: &Value| {
        let id = item.get("id").or_else(|| item.get("user_id"));
        id.and_then(Value::as_str)
            .expect("an item has an id")
            .to_owned()
    };
    page.json()["items"]
        .as_array()
        .expect("a page")
        .iter()
        .map(id)
        .collect()
}

fn next(page: &Reply) -> Option<String> {
    page.json()["next_cursor"].as_str().map(str::to_owned)
}

/// Follows the cursors, and lets `meanwhile` act between any two pages.
async fn walk(server: &Server, query: &str, meanwhile: impl AsyncFn(usize)) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = None;
    for page in 0.. {
        let path = match &cursor {
            None => query.to_owned(),
            Some(cursor) => format!("{query}&cursor={cursor}"),
        };
        let answer = server.get("acme.owner", &path).await.must(200);
        all.extend(ids(&answer));
        cursor = next(&answer);
        if cursor.is_none() {
            break;
        }
        meanwhile(page).await;
    }
    all
}

#[tokio::test]
async fn every_list_has_the_same_order_in_pages_as_at_once_and_backwards_as_forwards() {
    let server = Server::start().await;
    for (path, sorts) in lists(&server).await {
        // The history grows by being read.
        let some = match path.as_str() {
            "/v1/audit/events" => "&action=document.create",
            _ => "",
        };
        for sort in &sorts {
            let at_once = server
                .get("acme.owner", &format!("{path}?limit=100&sort={sort}{some}"))
                .await;
            let whole = ids(&at_once.must(200));
            assert!(!whole.is_empty(), "world.sql needs something for {path}");
            let distinct: BTreeSet<&String> = whole.iter().collect();
            assert_eq!(distinct.len(), whole.len(), "{path} {sort} repeats");
            for limit in [1, 2] {
                let query = format!("{path}?limit={limit}&sort={sort}{some}");
                let paged = walk(&server, &query, async |_| {}).await;
                assert_eq!(paged, whole, "{query}");
            }
            let opposite = sort
                .strip_prefix('-')
                .map_or(format!("-{sort}"), str::to_owned);
            assert!(
                sorts.contains(&opposite),
                "{path} can not be turned around: {sort}"
            );
            let path = format!("{path}?limit=100&sort={opposite}{some}");
            let mut backwards = ids(&server.get("acme.owner", &path).await);
            backwards.reverse();
            assert_eq!(backwards, whole, "{path}");
        }
        let unsorted = server
            .get("acme.owner", &format!("{path}?limit=100{some}"))
            .await;
        let first = server
            .get(
                "acme.owner",
                &format!("{path}?limit=100&sort={}{some}", sorts[0]),
            )
            .await;
        assert_eq!(
            unsorted.body, first.body,
            "the first sort of {path} is the default"
        );
    }
}

/// Forty documents, of which every fourth will go: titles and dates run against each other, and
/// pairs share both.
const MANY: &str = "
    insert into tenant.documents (tenant_id, workspace_id, title, metadata, created_by, created_at)
    select w.tenant_id, w.id, 't' || lpad((n / 2)::text, 2, '0'),
        jsonb_build_object('stays', n % 4 <> 0), w.created_by, now() - make_interval(mins => n / 2)
    from tenant.workspaces w, generate_series(0, 39) n
    where w.name = 'vault' and w.tenant_id = ";

#[tokio::test]
async fn rows_that_come_and_go_make_no_page_repeat_or_skip_one_that_stays() {
    let server = Server::start().await;
    let (acme, vault) = (id("acme"), id("acme/workspace/vault"));
    for sort in ["created_at", "-created_at", "title", "-title"] {
        server
            .world
            .arrange(format!(
                "delete from tenant.documents where workspace_id = '{vault}'"
            ))
            .await;
        server.world.arrange(format!("{MANY} '{acme}'")).await;
        let query = format!("{DOCUMENTS}?workspace_id={vault}&sort={sort}&limit=100");
        let before = server.get("acme.owner", &query).await.must(200).json();
        let stays = |item: &&Value| item["metadata"]["stays"] == true;
        let id_of = |item: &Value| item["id"].as_str().expect("an id").to_owned();
        let items = before["items"].as_array().expect("a page").iter();
        let stay: Vec<String> = items.filter(stays).map(id_of).collect();
        assert_eq!(stay.len(), 30);

        // Two go and five come, before, after and right where the page ended.
        let meanwhile = async |page: usize| {
            let change = format!(
                "delete from tenant.documents where id in (select id from tenant.documents
                    where workspace_id = '{vault}' and metadata @> '{{\"stays\": false}}'
                    order by md5(id::text) limit 2);
                insert into tenant.documents
                    (tenant_id, workspace_id, title, created_by, created_at)
                select tenant_id, workspace_id, title, created_by, created_at
                from tenant.documents where workspace_id = '{vault}'
                order by md5(id::text || {page}) limit 5"
            );
            server.world.arrange(change).await;
        };
        let query = format!("{DOCUMENTS}?workspace_id={vault}&sort={sort}&limit=3");
        let seen = walk(&server, &query, meanwhile).await;
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "{sort} repeats");
        let kept: Vec<&String> = seen.iter().filter(|id| stay.contains(id)).collect();
        assert_eq!(kept, stay.iter().collect::<Vec<_>>(), "{sort}");
    }
}

#[tokio::test]
async fn a_page_holds_between_one_and_a_hundred_items() {
    let server = Server::start().await;
    let acme = id("acme");
    for _ in 0..3 {
        server.world.arrange(format!("{MANY} '{acme}'")).await;
    }
    for (limit, items) in [("limit=1", 1), ("limit=100", 100), ("", 20)] {
        let page = server
            .get("acme.owner", &format!("{DOCUMENTS}?{limit}"))
            .await
            .must(200);
        assert_eq!(ids(&page).len(), items, "{limit}");
    }
    for bad in ["0", "101", "-1", "1.5", "x", "", "99999999999999999999"] {
        let page = server
            .get("acme.owner", &format!("{DOCUMENTS}?limit={bad}"))
            .await;
        assert_eq!(page.refusal(), "422 parameter_invalid limit", "{bad}");
    }
}

#[tokio::test]
async fn a_cursor_leads_on_in_its_own_list_only() {
    let server = Server::start().await;
    let list = format!("{DOCUMENTS}?sort=title&limit=1");
    let cursor = next(&server.get("acme.owner", &list).await).expect("there are several");
    server
        .get("acme.owner", &format!("{list}&cursor={cursor}"))
        .await
        .must(200);
    let longer = format!("{DOCUMENTS}?sort=title&limit=50&cursor={cursor}");
    server.get("acme.owner", &longer).await.must(200);
    let plans = id("acme/workspace/plans");
    let invalid = "422 cursor_invalid cursor";
    for elsewhere in [
        format!("/v1/teams?cursor={cursor}"),
        format!("{DOCUMENTS}?cursor={cursor}"),
        format!("{DOCUMENTS}?sort=-title&cursor={cursor}"),
        format!("{DOCUMENTS}?sort=title&workspace_id={plans}&cursor={cursor}"),
        format!("{DOCUMENTS}?sort=title&cursor={}", &cursor[1..]),
        format!("{DOCUMENTS}?sort=title&cursor={cursor}A"),
        format!("{DOCUMENTS}?sort=title&cursor="),
        format!("{DOCUMENTS}?sort=title&cursor=e30"),
        format!("{DOCUMENTS}?sort=title&cursor={}", "A".repeat(9000)),
    ] {
        let refused = server.get("acme.owner", &elsewhere).await;
        assert_eq!(refused.refusal(), invalid, "{elsewhere}");
    }
    let stolen = server
        .get("globex.owner", &format!("{list}&cursor={cursor}"))
        .await;
    assert_eq!(stolen.refusal(), invalid);
    assert!(!stolen.body.contains("acme"));
}

/// It may well be read and rewritten: it is a place in a list, not a permission.
#[tokio::test]
async fn a_rewritten_cursor_shows_nothing_more() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let server = Server::start().await;
    let list = format!("{DOCUMENTS}?sort=-created_at&limit=1");
    let cursor = next(&server.get("acme.viewer", &list).await).expect("there are two");
    let mut inside: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).expect("base64")).expect("JSON");
    for (after, status) in [
        ("infinity", 200),
        ("2999-01-01", 200),
        ("not a time", 422),
        ("' or true --", 422),
        ("", 422),
    ] {
        inside["after"] = after.into();
        let forged = URL_SAFE_NO_PAD.encode(inside.to_string());
        let path = format!("{DOCUMENTS}?sort=-created_at&limit=100&cursor={forged}");
        let page = server.get("acme.viewer", &path).await.must(status);
        if status == 200 {
            assert_eq!(ids(&page).len(), 2, "a viewer reads two documents");
        } else {
            assert!(!page.body.contains("syntax"), "{}", page.body);
        }
    }
}
