//! Who wins: headers of the environment, the client and the call, and queries of the base URL, the path, the client and the
//! call, for each way in which a request is sent.

use std::sync::Arc;

use crate::support::bodies::List;
use crate::support::{ENDPOINT, Handle, Reply, builder, server};
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Client, ClientBuilder, Endpoint, Paging};
use serde_json::json;

static GET: Endpoint =
    Endpoint { method: "GET", body: BodyKind::None, query: &[("own", "1")], paging: Paging::Cursor, ..ENDPOINT };

/// The spellings of a name that are one name.
const SPELLINGS: [&str; 3] = ["x-level", "X-Level", "X-LEVEL"];

/// The header at each level: not set, a value, taken out.
const STATES: [Option<Option<&str>>; 3] = [None, Some(Some("v")), Some(None)];

#[tokio::test]
async fn headers_of_all_levels_in_any_case() {
    let levels = |text: &str, level: &str| text.replace('v', level);
    for environment in [None, Some("v")] {
        for client in STATES {
            for call in STATES {
                for (index, spelling) in SPELLINGS.iter().enumerate() {
                    let other = SPELLINGS[(index + 1) % 3];
                    let third = SPELLINGS[(index + 2) % 3];
                    let vars = |name: &str| match name {
                        "OPENAI_API_KEY" => Some("sk-1".to_owned()),
                        "OPENAI_CUSTOM_HEADERS" => environment.map(|_| format!("{spelling}: env")),
                        _ => None,
                    };
                    let server = server([Reply::json(200, "{}")]);
                    let mut options =
                        ClientBuilder::<Client>::from_vars(vars).transport(Arc::new(Handle::new(&server)));
                    if let Some(value) = client {
                        options = options.default_header(other, value.map(|text| levels(text, "client")).as_deref());
                    }
                    let mut sent = Call::new(&options.build().unwrap(), &ENDPOINT_);
                    if let Some(value) = call {
                        sent.with_header(third, value.map(|text| levels(text, "call")).as_deref());
                    }
                    sent.send::<Value>().await.unwrap();
                    let expected = match (call, client, environment) {
                        (Some(value), ..) => value.map(|_| "call"),
                        (None, Some(value), _) => value.map(|_| "client"),
                        (None, None, set) => set.map(|_| "env"),
                    };
                    let request = server.requests().remove(0);
                    let found: Vec<_> = request.headers.get_all("x-level").iter().collect();
                    assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{environment:?} {client:?} {call:?}");
                }
            }
        }
    }
}

static ENDPOINT_: Endpoint = ENDPOINT;

/// A later value brings back what was taken out before, at the same level and at the next one.
#[tokio::test]
async fn the_last_word_counts_at_each_level() {
    let server = server((0..4).map(|_| Reply::json(200, "{}")));
    let plain = builder(&server).default_header("x-a", "1").default_header("X-A", None).default_header("x-A", "2");
    let client = plain.default_header("Authorization", None).build().unwrap();
    Call::new(&client, &ENDPOINT_).send_unit().await.unwrap();
    let mut call = Call::new(&client, &ENDPOINT_);
    call.with_header("X-a", None);
    call.with_header("AUTHORIZATION", "Bearer by-hand");
    call.send_unit().await.unwrap();
    let mut call = Call::new(&client, &ENDPOINT_);
    call.with_header("X-a", None);
    call.with_header("x-A", "3");
    call.with_header("User-Agent", None);
    call.with_header("ACCEPT", None);
    call.send_unit().await.unwrap();
    let changed = client.with_options(|options| options.default_header("X-A", None)).unwrap();
    Call::new(&changed, &ENDPOINT_).send_unit().await.unwrap();
    let sent = server.requests();
    let of = |at: usize| (sent[at].header("x-a"), sent[at].header("authorization"));
    assert_eq!([of(0), of(1)], [(Some("2"), None), (None, Some("Bearer by-hand"))]);
    assert_eq!(
        (sent[2].header("x-a"), sent[2].header("user-agent"), sent[2].header("accept")),
        (Some("3"), None, None)
    );
    assert_eq!(of(3), (None, None));
}

/// The ways in which a request is sent.
#[derive(Clone, Copy, Debug)]
enum Way {
    Plain,
    Undocumented,
    Pages,
    Download,
    #[cfg(feature = "websocket")]
    Socket,
}

const WAYS: &[Way] = &[
    Way::Plain,
    Way::Undocumented,
    Way::Pages,
    Way::Download,
    #[cfg(feature = "websocket")]
    Way::Socket,
];

/// The URLs of the requests that a call sends.
async fn urls(way: Way, base: &str, default: Option<&Value>, own: Option<&Value>) -> Vec<String> {
    let page = |id: &str, more: bool| Reply::json(200, &format!(r#"{{"data":[{{"id":"{id}"}}],"has_more":{more}}}"#));
    let server = match way {
        Way::Pages => server([page("a", true), page("b", false)]),
        // The answer of a server that knows no WebSocket: what it was asked is what counts.
        _ => server([Reply::json(200, "{}")]),
    };
    let mut options = builder(&server).base_url(base);
    if let Some(value) = default {
        options = options.default_query("q", value.clone());
    }
    let client = options.build().unwrap();
    let mut call = match way {
        Way::Undocumented => client.request(http::Method::GET, "/things?own=1").into_call(),
        _ => Call::new(&client, &GET),
    };
    if let Some(value) = own {
        call.with_query("q", value.clone());
    }
    match way {
        Way::Plain | Way::Undocumented => call.send_unit().await.unwrap(),
        Way::Pages => {
            let mut items = call.items::<List>();
            while let Some(item) = items.next().await {
                item.unwrap();
            }
        }
        Way::Download => {
            let path =
                std::env::temp_dir().join(format!("levels-{}-{:?}", std::process::id(), std::thread::current().id()));
            call.send_to_file(&path).await.unwrap();
            std::fs::remove_file(path).unwrap();
        }
        #[cfg(feature = "websocket")]
        Way::Socket => drop(call.open_websocket(openai_runtime::WebSocketOptions::default()).await.unwrap_err()),
    }
    server.requests().into_iter().map(|request| request.uri).collect()
}

/// Every source of a query in every way: the path goes before the query of the base URL, which stays, with repeated keys;
/// the client's default wins over it, the call's over both, and a null takes out what is below it.
#[tokio::test]
async fn queries_of_all_levels_in_every_way() {
    let bases = [
        ("http://h/v1", vec![], vec![]),
        ("http://h/v1/?q=base", vec![], vec!["q=base"]),
        ("http://h/v1?z=1&q=base&q=again&z=2", vec!["z=1", "z=2"], vec!["q=base", "q=again"]),
        ("http://h/v1/?q[]=x&q[]=y&key=a%2Bb+c", vec!["key=a%2Bb%20c"], vec!["q%5B%5D=x", "q%5B%5D=y"]),
    ];
    let values = [
        (None, None),
        (Some(json!("v")), Some(vec!["q=v"])),
        (Some(json!(["v", null, "w"])), Some(vec!["q%5B%5D=v", "q%5B%5D=w"])),
        (Some(json!("")), Some(vec!["q="])),
        (Some(json!(null)), Some(vec![])),
    ];
    for way in WAYS {
        for (base, kept, of_base) in &bases {
            for (default, of_client) in &values {
                for (own, of_call) in &values {
                    let found = urls(*way, base, default.as_ref(), own.as_ref()).await;
                    let winner = of_call.as_ref().or(of_client.as_ref()).unwrap_or(of_base);
                    let mut expected: Vec<&str> = kept.iter().chain(winner).copied().chain(["own=1"]).collect();
                    expected.sort_unstable();
                    assert_eq!(found.len(), if matches!(way, Way::Pages) { 2 } else { 1 });
                    for (index, url) in found.iter().enumerate() {
                        let (path, query) = url.split_once('?').unwrap_or((url, ""));
                        assert_eq!(path, "http://h/v1/things", "{way:?} {base}");
                        let mut pairs: Vec<&str> = query.split('&').filter(|pair| *pair != "after=a").collect();
                        assert_eq!(query.contains("after=a"), index == 1);
                        pairs.sort_unstable();
                        assert_eq!(pairs, expected, "{way:?} {base} {default:?} {own:?}");
                    }
                }
            }
        }
    }
}
