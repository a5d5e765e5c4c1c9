//! Where each kind of list ends.

use crate::support::bodies::List;
use crate::support::{ENDPOINT, Reply, builder, client, server};

use openai_runtime::{BodyKind, Call, Endpoint, ErrorKind, ListPage, Paging, Security};

const LIST: Endpoint = Endpoint { method: "GET", body: BodyKind::None, paging: Paging::None, ..ENDPOINT };
static NONE: Endpoint = LIST;
static PAGE: Endpoint = Endpoint { paging: Paging::Page, ..LIST };
static CURSOR: Endpoint = Endpoint { paging: Paging::Cursor, ..LIST };
static CONVERSATION: Endpoint = Endpoint { paging: Paging::ConversationCursor, ..LIST };
static NEXT_CURSOR: Endpoint = Endpoint { paging: Paging::NextCursor, ..LIST };
static NEXT_PAGE: Endpoint = Endpoint { paging: Paging::NextPage, ..LIST };
static TOKEN: Endpoint = Endpoint { paging: Paging::Token, ..LIST };

/// The queries that are sent for these pages, and the number of items.
async fn run(endpoint: &'static Endpoint, pages: &[&str]) -> (Vec<String>, usize) {
    let (client, server) = client(pages.iter().map(|page| Reply::json(200, page)));
    let mut call = Call::new(&client, endpoint);
    call.with_query("limit", 2);
    call.with_header("x-mine", "1");
    let mut items = call.items::<List>();
    let mut count = 0;
    while let Some(item) = items.next().await {
        item.unwrap();
        count += 1;
    }
    assert!(items.next().await.is_none());
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.header("x-mine") == Some("1")));
    let query = |uri: &str| uri.split_once('?').unwrap().1.to_owned();
    (requests.iter().map(|request| query(&request.uri)).collect(), count)
}

#[tokio::test]
async fn ends() {
    let two = r#"{"data":[{"id":"a"},{"n":[{"id":"x"}],"id":"b"}],"has_more":true}"#;
    let cases: Vec<(&'static Endpoint, Vec<&str>, Vec<&str>, usize)> = vec![
        (&PAGE, vec![two], vec!["limit=2"], 2),
        (&CURSOR, vec![two, r#"{"data":[{"id":"c"}],"has_more":false}"#], vec!["limit=2", "limit=2&after=b"], 3),
        (&CURSOR, vec![two, r#"{"data":[],"has_more":true}"#], vec!["limit=2", "limit=2&after=b"], 2),
        (&CURSOR, vec![r#"{"data":[{"id":"a"}]}"#, r#"{"data":[]}"#], vec!["limit=2", "limit=2&after=a"], 1),
        (&CURSOR, vec![r#"{"data":[{"id":"a"},{"x":1}],"has_more":true}"#], vec!["limit=2"], 2),
        (&CURSOR, vec![r#"{"data":[{"id":""}],"has_more":true}"#], vec!["limit=2"], 1),
        (&CURSOR, vec![r#"{"data":[{"id":null},3],"has_more":true}"#], vec!["limit=2"], 2),
        (&CURSOR, vec![r#"{"has_more":true}"#], vec!["limit=2"], 0),
        (&CURSOR, vec![r#"{"data":null,"has_more":null}"#], vec!["limit=2"], 0),
        (
            &CURSOR,
            vec![r#"{"data":[{"id":"a"}],"has_more":null}"#, r#"{"data":[]}"#],
            vec!["limit=2", "limit=2&after=a"],
            1,
        ),
        (&CURSOR, vec![r#"{"data":[{"id":"a"}],"has_more":false}"#], vec!["limit=2"], 1),
        (&CURSOR, vec![r#"{"has_more":false,"data":[{"id":"a"}]}"#], vec!["limit=2"], 1),
        // What is no truth value does not end a list.
        (
            &CURSOR,
            vec![r#"{"data":[{"id":"a"}],"has_more":0}"#, r#"{"data":[]}"#],
            vec!["limit=2", "limit=2&after=a"],
            1,
        ),
        (
            &CURSOR,
            vec![r#"{"data":[],"has_more":true,"last_id":"z"}"#, r#"{"data":[]}"#],
            vec!["limit=2", "limit=2&after=z"],
            0,
        ),
        (&CURSOR, vec![r#"{}"#], vec!["limit=2"], 0),
        (&CURSOR, vec![r#"{"data":[{}],"has_more":true}"#], vec!["limit=2"], 1),
        (&CURSOR, vec![r#"{"data":[{"id":{"x":1}}],"has_more":true}"#], vec!["limit=2"], 1),
        (&CURSOR, vec![r#"{"data":[{"id":true}],"has_more":true}"#], vec!["limit=2"], 1),
        (&CURSOR, vec!["\u{feff}{\"data\":[{\"id\":\"a\"}]}", r#"{"data":[]}"#], vec!["limit=2", "limit=2&after=a"], 1),
        // Compatible servers number their objects.
        (&CURSOR, vec![r#"{"data":[{"id":17}]}"#, r#"{"data":[]}"#], vec!["limit=2", "limit=2&after=17"], 1),
        (&NEXT_PAGE, vec![r#"{"data":[1],"next_page":2}"#, r#"{"data":[]}"#], vec!["limit=2", "limit=2&page=2"], 1),
        (
            &CURSOR,
            vec![r#"{"data":[{"id":"a b&c=é/+"}]}"#, r#"{"data":[]}"#],
            vec!["limit=2", "limit=2&after=a%20b%26c%3D%C3%A9%2F%2B"],
            1,
        ),
        // Three pages, of which the last says nothing.
        (
            &CURSOR,
            vec![two, r#"{"data":[{"id":"c"}],"has_more":true}"#, r#"{"data":[{"id":"d"}],"has_more":false}"#],
            vec!["limit=2", "limit=2&after=b", "limit=2&after=c"],
            4,
        ),
        (
            &PAGE,
            vec![r#"{"data":[{"id":"a"}],"has_more":true,"next":"n","next_page":"p","last_id":"l"}"#],
            vec!["limit=2"],
            1,
        ),
        (&NONE, vec![r#"{"data":[{"id":"a"}],"has_more":true}"#], vec!["limit=2"], 1),
        (&CONVERSATION, vec![r#"{"data":[{"id":"a"}],"has_more":true}"#], vec!["limit=2"], 1),
        (&CONVERSATION, vec![r#"{"data":[{"id":"a"}],"last_id":"","has_more":true}"#], vec!["limit=2"], 1),
        (&CONVERSATION, vec![r#"{"data":[{"id":"a"}],"last_id":["z"],"has_more":true}"#], vec!["limit=2"], 1),
        (
            &CONVERSATION,
            // The same page again has nothing new.
            vec![r#"{"data":[1],"last_id":"z"}"#, r#"{"data":[1],"last_id":"z"}"#],
            vec!["limit=2", "limit=2&after=z"],
            1,
        ),
        (&NEXT_CURSOR, vec![r#"{"data":[1]}"#], vec!["limit=2"], 1),
        (&NEXT_CURSOR, vec![r#"{"data":[1],"next":null,"has_more":true}"#], vec!["limit=2"], 1),
        // A list with a cursor of its own goes on through a page without items.
        (
            &NEXT_CURSOR,
            vec![r#"{"data":[],"next":"n","has_more":true}"#, r#"{"data":[1],"next":null}"#],
            vec!["limit=2", "limit=2&after=n"],
            1,
        ),
        (&NEXT_CURSOR, vec![r#"{"data":[],"next":"n"}"#, r#"{"data":[]}"#], vec!["limit=2", "limit=2&after=n"], 0),
        (&NEXT_CURSOR, vec![r#"{"data":[],"next":"n","has_more":false}"#], vec!["limit=2"], 0),
        (&NEXT_CURSOR, vec![r#"{"data":[1],"next":"n","has_more":false}"#], vec!["limit=2"], 1),
        (
            &NEXT_PAGE,
            vec![r#"{"data":[],"next_page":"p"}"#, r#"{"data":[1],"next_page":null}"#],
            vec!["limit=2", "limit=2&page=p"],
            1,
        ),
        (
            &TOKEN,
            vec![r#"{"data":[],"next":"t"}"#, r#"{"data":[1],"next":null}"#],
            vec!["limit=2", "limit=2&page=t"],
            1,
        ),
        (&TOKEN, vec![r#"{"data":[1],"next":"t","has_more":false}"#], vec!["limit=2"], 1),
        (&NEXT_PAGE, vec![r#"{"data":[1],"next_page":""}"#], vec!["limit=2"], 1),
        (&NEXT_PAGE, vec![r#"{"data":[1],"next":"n"}"#], vec!["limit=2"], 1),
        // A server that ignores the cursor is not asked forever.
        (&CURSOR, vec![two, two], vec!["limit=2", "limit=2&after=b"], 2),
        (
            &CONVERSATION,
            vec![r#"{"data":[{"id":"a"}],"last_id":"z","has_more":true}"#, r#"{"data":[1],"last_id":null}"#],
            vec!["limit=2", "limit=2&after=z"],
            2,
        ),
        (
            &CONVERSATION,
            vec![r#"{"data":[],"last_id":"z","has_more":true}"#, r#"{"data":[1]}"#],
            vec!["limit=2", "limit=2&after=z"],
            1,
        ),
        (&CONVERSATION, vec![r#"{"data":[1],"last_id":"z","has_more":false}"#], vec!["limit=2"], 1),
        (
            &NEXT_CURSOR,
            vec![r#"{"data":[1],"next":"n/1"}"#, r#"{"data":[1],"next":""}"#],
            vec!["limit=2", "limit=2&after=n%2F1"],
            2,
        ),
        (
            &NEXT_PAGE,
            vec![r#"{"next_page":"p2","data":[1]}"#, r#"{"data":[1],"next_page":null}"#],
            vec!["limit=2", "limit=2&page=p2"],
            2,
        ),
        (&NEXT_PAGE, vec![r#"{"next_page":"p2","has_more":false,"data":[1]}"#], vec!["limit=2"], 1),
    ];
    for (endpoint, pages, queries, count) in cases {
        assert_eq!(
            run(endpoint, &pages).await,
            (queries.iter().map(ToString::to_string).collect(), count),
            "{pages:?}"
        );
    }
}

#[tokio::test]
async fn pages_by_hand() {
    let (client, server) = client([
        Reply::json(200, r#"{"data":[{"id":"a"}],"has_more":true}"#),
        Reply::json(200, r#"{"data":[{"id":"b"}],"has_more":false}"#),
    ]);
    let mut call = Call::new(&client, &CURSOR);
    call.with_query("after", "start");
    let page = call.pages::<List>().next().await.unwrap().unwrap();
    assert!(page.has_next_page());
    assert_eq!((page.items().len(), page.request_id(), page.status().as_u16()), (1, Some("req_1"), 200));
    let next = page.next_page().await.unwrap().unwrap();
    assert!(!next.has_next_page() && next.next_page().await.unwrap().is_none());
    assert_eq!(next.into_items()[0]["id"], "b");
    assert!(server.requests()[0].uri.ends_with("?after=start") && server.requests()[1].uri.ends_with("?after=a"));
}

static MEMBERS: Endpoint = Endpoint {
    method: "GET",
    path: "/groups/{group}/members",
    query: &[("beta", "true")],
    headers: &[("OpenAI-Beta", "x=v1")],
    body: BodyKind::None,
    security: Security::Admin,
    paging: Paging::Cursor,
    ..ENDPOINT
};

#[tokio::test]
async fn the_next_request_repeats_the_first() {
    let page = |id: &str| Reply::json(200, &format!(r#"{{"data":[{{"id":"{id}"}}]}}"#));
    let replies = [Reply::json(500, "{}"), page("1"), Reply::json(500, "{}"), page("2"), Reply::json(500, "{}")];
    let server = server(replies.into_iter().chain([Reply::json(500, "{}")]));
    let named = builder(&server).admin_api_key("admin").default_query("d", "1").build().unwrap();
    let mut call = Call::new(&named, &MEMBERS).path("group", "a/b");
    call.with_query("order", "desc");
    call.with_query("after", "0");
    call.with_header("x-mine", "1");
    call.with_max_retries(1);
    let mut items = call.items::<List>();
    assert_eq!(items.next().await.unwrap().unwrap()["id"], "1");
    assert_eq!(items.next().await.unwrap().unwrap()["id"], "2");
    let error = items.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InternalServer, 2));
    assert!(items.next().await.is_none());
    let after: Vec<_> = server
        .requests()
        .iter()
        .map(|sent| {
            assert_eq!((sent.method.as_str(), sent.header("x-mine")), ("GET", Some("1")));
            assert_eq!(
                (sent.header("authorization"), sent.header("openai-beta")),
                (Some("Bearer admin"), Some("x=v1"))
            );
            let start = "https://api.openai.com/v1/groups/a%2Fb/members?beta=true&d=1&order=desc&after=";
            sent.uri.strip_prefix(start).unwrap().to_owned()
        })
        .collect();
    assert_eq!(after, ["0", "0", "1", "1", "2", "2"]);
}

#[tokio::test(start_paused = true)]
async fn the_next_request_has_the_limit_of_time_of_the_first() {
    let (client, _) = client([Reply::json(200, r#"{"data":[{"id":"a"}]}"#), Reply::json(200, "{").then_silent()]);
    let mut call = Call::new(&client, &CURSOR);
    call.with_timeout(std::time::Duration::from_secs(7));
    call.with_max_retries(0);
    let mut pages = call.pages::<List>();
    assert!(pages.next().await.unwrap().is_ok());
    let start = tokio::time::Instant::now();
    assert_eq!(pages.next().await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(start.elapsed().as_secs(), 7);
}

#[tokio::test]
async fn an_error_ends_a_list() {
    let (client, _) = client([Reply::json(200, r#"{"data":[{"id":"a"}]}"#), Reply::json(404, "{}")]);
    let mut items = Call::new(&client, &CURSOR).items::<List>();
    assert!(items.next().await.unwrap().is_ok());
    assert_eq!(items.next().await.unwrap().unwrap_err().kind(), ErrorKind::NotFound);
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn what_a_page_tells_of_its_response() {
    let reply = Reply::json(200, r#"{"data":[{"id":"a"}]}"#).header("x-ratelimit-remaining-requests", "7");
    let (client, _) = client([Reply::json(500, "{}"), reply.header("openai-processing-ms", "20")]);
    let page = Call::new(&client, &CURSOR).pages::<List>().next().await.unwrap().unwrap();
    assert_eq!((page.rate_limit().remaining_requests, page.attempts()), (Some(7), 2));
    assert_eq!(page.processing_time(), Some(std::time::Duration::from_millis(20)));
}

/// Each item is given once, whatever the server makes of a cursor.
#[tokio::test]
async fn lists_of_other_servers() {
    let page = r#"{"data":[{"id":"a"},{"id":"b"}]}"#;
    // It knows no cursor.
    assert_eq!(run(&CURSOR, &[page, page]).await, (vec!["limit=2".into(), "limit=2&after=b".into()], 2));
    let (client, _) = client([Reply::json(200, page), Reply::json(200, page), Reply::json(200, page)]);
    let mut call = Call::new(&client, &CURSOR);
    call.with_query("after", "b");
    let mut items = call.items::<List>();
    assert!(items.next().await.is_some(), "a cursor of the caller's hides nothing");
    let page = r#"{"data":[{"id":"a"}],"last_id":"a","has_more":true}"#;
    assert_eq!(run(&CONVERSATION, &[page, page]).await.1, 1);
    // An empty page goes on if it says where.
    let (empty, last) =
        (r#"{"data":[],"last_id":"c","has_more":true}"#, r#"{"data":[{"id":"d"}],"last_id":"d","has_more":false}"#);
    assert_eq!(run(&CONVERSATION, &[page, empty, last]).await.1, 2);
    assert_eq!(run(&CONVERSATION, &[r#"{"data":[],"last_id":"c","has_more":false}"#]).await.1, 0);
    let empty = r#"{"last_id":"c","data":[],"has_more":true}"#;
    assert_eq!(run(&CURSOR, &[empty, last]).await, (vec!["limit=2".into(), "limit=2&after=c".into()], 1));
    assert_eq!(run(&CURSOR, &[empty, empty]).await.1, 0);
    // It goes round in a circle.
    let pages = ["a", "b", "c"].map(|id| format!(r#"{{"data":[{{"id":"{id}"}}],"last_id":"{id}","has_more":true}}"#));
    let [a, b, c] = [&*pages[0], &*pages[1], &*pages[2]];
    for endpoint in [&CURSOR, &CONVERSATION] {
        assert_eq!(run(endpoint, &[a, b, a]).await.1, 2);
        assert_eq!(run(endpoint, &[a, b, c, b]).await.1, 3);
    }
    // It writes truth in its own way.
    let page = |id: &str, more: &str| format!(r#"{{"data":[{{"id":"{id}"}}],"has_more":"{more}"}}"#);
    assert_eq!(run(&CURSOR, &[&page("a", "true"), &page("b", "false")]).await.1, 2);
    // A bare list is one page, also of one that is sent by itself.
    for endpoint in [&PAGE, &CURSOR] {
        let (client, _) = self::client([Reply::json(200, r#"[{"id":"a"}]"#), Reply::json(200, "[]")]);
        assert_eq!(Call::new(&client, endpoint).send::<List>().await.unwrap().into_items().len(), 1);
        assert_eq!(Call::new(&client, endpoint).send::<List>().await.unwrap().into_items().len(), 0);
    }
    for endpoint in [&NONE, &PAGE, &CURSOR] {
        assert_eq!(run(endpoint, &[r#" [{"id":"a"},{"id":"b"}]"#]).await, (vec!["limit=2".into()], 2));
        assert_eq!(run(endpoint, &["[]"]).await.1, 0);
    }
}
