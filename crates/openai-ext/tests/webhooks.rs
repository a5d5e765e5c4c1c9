//! Webhooks: what is taken, what is not, and why.
#![cfg(feature = "webhooks")]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use openai_ext::http::{HeaderMap, HeaderValue};
use openai_ext::prelude::*;
use openai_ext::runtime::Clock;
use openai_ext::runtime::json::Union;
use openai_ext::runtime::transport::BoxFuture;
use openai_ext::webhooks::{self, WebhookError, WebhookEvent, WebhookHeaders, Webhooks};
use serde_json::json;

type Pairs = Vec<(&'static str, String)>;

/// A signed event as the API sends it, checked with another implementation of HMAC.
const SECRET: &str = "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=";
const ID: &str = "wh_685c059ae39c8190af8c71ed1022a24d";
const TIME: u64 = 1_750_861_210;
const BODY: &str = r#"{"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": 1750861210, "type": "response.completed", "data": {"id": "resp_123"}}"#;
const SIGNATURE: &str = "gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY=";

/// Shows the time it holds, in seconds since 1970.
struct At(u64);

impl Clock for At {
    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0)
    }
}

fn at(time: u64) -> Webhooks {
    Webhooks::new([SECRET]).clock(Arc::new(At(time)))
}

fn headers(signature: &str) -> Pairs {
    vec![
        ("webhook-id", ID.to_owned()),
        ("webhook-timestamp", TIME.to_string()),
        ("webhook-signature", signature.to_owned()),
    ]
}

fn good() -> Pairs {
    headers(&format!("v1,{SIGNATURE}"))
}

#[test]
fn vectors_of_others() -> Result<(), WebhookError> {
    let event = at(TIME).unwrap(BODY, &good())?;
    let WebhookEvent::ResponseCompleted(event) = event else { panic!("{event:?}") };
    assert_eq!((event.id.as_str(), event.data.id.as_str()), ("evt_685c059ae3a481909bdc86819b066fb6", "resp_123"));
    // Of the Standard Webhooks specification.
    let standard = [
        ("Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("Webhook-Timestamp", "1614265330"),
        ("Webhook-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let webhooks = Webhooks::new(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).clock(Arc::new(At(1_614_265_330)));
    webhooks.verify(r#"{"test": 2432232314}"#, &standard)?;
    // What is signed here is what is taken.
    let time = UNIX_EPOCH + Duration::from_secs(TIME);
    assert_eq!(webhooks::sign(BODY, ID, time, SECRET)?.to_vec(), good());
    Ok(())
}

#[test]
fn old_and_future() {
    let taken = |time: u64, tolerance: Option<u64>| {
        let webhooks = match tolerance {
            Some(seconds) => at(time).tolerance(Duration::from_secs(seconds)),
            None => at(time),
        };
        webhooks.verify(BODY, &good()).err()
    };
    for (time, tolerance, expected) in [
        (TIME + 300, None, None),
        (TIME + 301, None, Some(WebhookError::TooOld)),
        (TIME - 300, None, None),
        (TIME - 301, None, Some(WebhookError::TooNew)),
        (TIME + 1, Some(0), Some(WebhookError::TooOld)),
        (TIME - 1, Some(0), Some(WebhookError::TooNew)),
        (TIME, Some(0), None),
        (0, Some(TIME), None),
        (TIME * 2, Some(u64::MAX), None),
    ] {
        assert_eq!(taken(time, tolerance), expected, "{time} {tolerance:?}");
    }
    // The real clock is far from it.
    assert_eq!(webhooks::verify(BODY, &good(), [SECRET]), Err(WebhookError::TooOld));
}

#[test]
fn timestamps_that_are_none() {
    for text in ["soon", "1750861210.5", "0x10", "99999999999999999999", "1 2", "-"] {
        let mut headers = good();
        headers[1].1 = text.to_owned();
        assert_eq!(at(TIME).verify(BODY, &headers), Err(WebhookError::BadTimestamp), "{text}");
    }
    for (text, error) in [("-5", WebhookError::TooOld), ("9223372036854775807", WebhookError::TooNew)] {
        let mut headers = good();
        headers[1].1 = text.to_owned();
        assert_eq!(at(TIME).verify(BODY, &headers), Err(error), "{text}");
    }
}

#[test]
fn tampered() {
    let wrong = Err(WebhookError::WrongSignature);
    assert_eq!(at(TIME).verify(BODY.replace("123", "124"), &good()), wrong);
    assert_eq!(at(TIME).verify(format!("{BODY} "), &good()), wrong);
    assert_eq!(at(TIME).verify("", &good()), wrong);
    let mut other_id = good();
    other_id[0].1.push('x');
    assert_eq!(at(TIME).verify(BODY, &other_id), wrong);
    let mut other_time = good();
    other_time[1].1 = (TIME + 1).to_string();
    assert_eq!(at(TIME).verify(BODY, &other_time), wrong);
    // A part moved over a dot signs the same text in other schemes.
    let mut moved = good();
    moved[0].1 = format!("{ID}.{TIME}");
    assert_eq!(at(TIME).verify(BODY, &moved), wrong);
}

#[test]
fn secrets() -> Result<(), WebhookError> {
    let by = |secrets: &[&str]| Webhooks::new(secrets.to_vec()).clock(Arc::new(At(TIME))).verify(BODY, &good());
    assert_eq!(by(&["whsec_b3RoZXI="]), Err(WebhookError::WrongSignature));
    // While secrets are rotated, either signs.
    assert_eq!(by(&["whsec_b3RoZXI=", SECRET]), Ok(()));
    assert_eq!(by(&[SECRET, "whsec_b3RoZXI="]), Ok(()));
    // One secret, and lists of any kind.
    let owned = vec![SECRET.to_owned()];
    for webhooks in [
        Webhooks::new(SECRET),
        Webhooks::new(SECRET.to_owned()),
        Webhooks::new(&owned[0]),
        Webhooks::new(&owned),
        Webhooks::new(Some(SECRET)),
        Webhooks::new(owned.iter()),
    ] {
        assert_eq!(webhooks.clock(Arc::new(At(TIME))).verify(BODY, &good()), Ok(()));
    }
    assert_eq!(Webhooks::new(["raw"]).secret(SECRET).clock(Arc::new(At(TIME))).verify(BODY, &good()), Ok(()));
    // As it is read from a file, and without padding.
    assert_eq!(by(&[&format!("{SECRET}\n")]), Ok(()));
    assert_eq!(by(&[SECRET.trim_end_matches('=')]), Ok(()));
    // Not base64 means the text itself.
    let raw = webhooks::sign(BODY, ID, SystemTime::now(), "a secret")?;
    webhooks::verify(BODY, &raw, ["a secret"])?;
    assert_eq!(webhooks::verify(BODY, &raw, [SECRET]), Err(WebhookError::WrongSignature));
    // By an empty one anybody could sign.
    for empty in ["", " ", "whsec_", "whsec_ \n"] {
        assert_eq!(by(&[SECRET, empty]), Err(WebhookError::EmptySecret), "{empty:?}");
        assert_eq!(webhooks::sign(BODY, ID, SystemTime::now(), empty), Err(WebhookError::EmptySecret));
    }
    assert_eq!(by(&["whsec_no base64"]), Err(WebhookError::SecretNotBase64));
    assert_eq!(by(&[]), Err(WebhookError::NoSecret));
    Ok(())
}

#[test]
fn headers_that_are_missing() {
    for (index, name) in ["webhook-id", "webhook-timestamp", "webhook-signature"].into_iter().enumerate() {
        let mut without = good();
        without.remove(index);
        assert_eq!(at(TIME).verify(BODY, &without), Err(WebhookError::MissingHeader(name)));
        let mut blank = good();
        blank[index].1 = " ".to_owned();
        assert_eq!(at(TIME).verify(BODY, &blank), Err(WebhookError::MissingHeader(name)));
    }
}

#[test]
fn lists_of_signatures() {
    let other = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let short = SIGNATURE.trim_end_matches('=');
    let (good, wrong) = (Ok(()), Err(WebhookError::WrongSignature));
    for (list, expected) in [
        (format!("v1,{SIGNATURE}"), &good),
        (SIGNATURE.to_owned(), &good),
        (format!("{other} v1,{SIGNATURE}"), &good),
        (format!("v1,{SIGNATURE}  {other}"), &good),
        (format!("v1a,xyz\t{SIGNATURE} !"), &good),
        (format!("v1,{short}"), &good),
        (other.to_owned(), &wrong),
        (format!("v2,{SIGNATURE}"), &wrong),
        (format!("v1,{SIGNATURE},{SIGNATURE}"), &wrong),
        (format!("v1{SIGNATURE}"), &wrong),
        (format!("v1,{}", &SIGNATURE[..20]), &wrong),
        ("v1,".to_owned(), &wrong),
        (",".to_owned(), &wrong),
        ("ä".to_owned(), &wrong),
    ] {
        assert_eq!(&at(TIME).verify(BODY, &headers(&list)), expected, "{list}");
    }
}

#[test]
fn wherever_headers_are_kept() {
    let mut map = HeaderMap::new();
    for (name, value) in good() {
        map.insert(name, value.parse().expect("a header"));
    }
    let upper = good().into_iter().map(|(name, value)| (name.to_uppercase(), value));
    let hash: HashMap<String, String> = upper.clone().collect();
    let tree: BTreeMap<String, String> = upper.clone().collect();
    let list: Vec<(String, String)> = upper.collect();
    let lookup = |name: &str| map.get(name).and_then(|value| value.to_str().ok());
    fn check(headers: &(impl WebhookHeaders + ?Sized)) {
        assert_eq!(at(TIME).verify(BODY, headers), Ok(()));
    }
    check(&map);
    check(&hash);
    check(&tree);
    check(&list);
    check(list.as_slice());
    check(&lookup);
    check(&|name: &str| hash.get(&name.to_uppercase()).cloned());
    // Two signatures may be two headers; two ids are none.
    map.insert("webhook-signature", HeaderValue::from_static("v1,AAAA"));
    map.append("webhook-signature", format!("v1,{SIGNATURE}").parse().expect("a header"));
    check(&map);
    map.append("webhook-id", HeaderValue::from_static("another"));
    assert_eq!(at(TIME).verify(BODY, &map), Err(WebhookError::WrongSignature));
    map.insert("webhook-id", HeaderValue::from_bytes(b"\xff\xfe").expect("a header"));
    assert_eq!(at(TIME).verify(BODY, &map), Err(WebhookError::WrongSignature));
}

/// Signs a body and reads it.
fn read(body: impl AsRef<[u8]>) -> Result<WebhookEvent, WebhookError> {
    let body = body.as_ref();
    let headers = webhooks::sign(body, ID, SystemTime::now(), SECRET)?;
    webhooks::verify(body, &headers, [SECRET])?;
    webhooks::unwrap(body, &headers, [SECRET])
}

/// The kinds that are typed: those of the official SDK, and the two of videos, which it subscribes to and does not type.
const KINDS: [&str; 34] = [
    "agent.environment.expired",
    "agent.environment.failed",
    "agent.environment.ready",
    "agent.environment.suspended",
    "agent.session.action_required",
    "agent.session.created",
    "agent.session.failed",
    "agent.session.idle",
    "agent.session.in_progress",
    "batch.cancelled",
    "batch.completed",
    "batch.expired",
    "batch.failed",
    "eval.run.canceled",
    "eval.run.failed",
    "eval.run.succeeded",
    "fine_tuning.job.cancelled",
    "fine_tuning.job.failed",
    "fine_tuning.job.succeeded",
    "live.call.incoming",
    "live.transport.connected",
    "live.transport.incoming",
    "realtime.call.incoming",
    "response.cancelled",
    "response.completed",
    "response.failed",
    "response.incomplete",
    "safety.alert.created",
    "safety.deactivation_issued",
    "safety.org_alert.created",
    "safety.warning_issued",
    "safety_identifier.blocked",
    "video.completed",
    "video.failed",
];

#[test]
fn all_kinds_of_events() -> Result<(), Box<dyn std::error::Error>> {
    let known = WebhookEvent::PLAN.tags;
    assert_eq!(known.len(), openai_ext::index::WEBHOOKS.len());
    let mut kinds: Vec<&str> = known.iter().map(|(kind, _)| *kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, KINDS);
    for (kind, _) in known {
        let body = json!({"object": "event", "id": "evt_1", "type": kind, "created_at": 1, "data": {"id": "x_1"}});
        let event = read(body.to_string())?;
        assert!(!matches!(event, WebhookEvent::Unknown(_)), "{kind}");
        assert_eq!(serde_json::to_value(&event)?, body);
    }
    Ok(())
}

/// Each kind that an endpoint can subscribe to is one that `unwrap` types.
#[test]
fn kinds_that_can_be_subscribed_to_are_typed() -> Result<(), Box<dyn std::error::Error>> {
    // A package has no neighbour.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../openai-ext-mock/src/generated/document.json");
    let Ok(document) = std::fs::read_to_string(path) else {
        println!("skipped: {path} is not there");
        return Ok(());
    };
    let document: serde_json::Value = serde_json::from_str(&document)?;
    let kinds = document["components"]["schemas"]["ProjectEventTypeEnum"]["enum"].as_array().ok_or("no kinds")?;
    assert_eq!(kinds.len(), 27);
    for kind in kinds.iter().filter_map(|kind| kind.as_str()) {
        assert!(KINDS.contains(&kind), "{kind}");
    }
    Ok(())
}

/// The kinds of the official SDK, as its facts list them.
#[test]
fn kinds_of_the_official_sdk_are_typed() {
    let path = format!("{}/../../../shared/facts/sdk-3.57/events.tsv", env!("CARGO_MANIFEST_DIR"));
    let Ok(table) = std::fs::read_to_string(&path) else { return println!("skipped: there is no {path}") };
    let kinds = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let kinds: Vec<_> = kinds.filter(|row| row.get(1) == Some(&"event:webhooks")).collect();
    assert!(kinds.len() > 20, "{}", kinds.len());
    for row in kinds {
        assert!(row.get(2).is_some_and(|kind| KINDS.contains(kind)), "{row:?}");
    }
}

#[test]
fn an_endpoint_gives_its_secret() -> Result<(), Box<dyn std::error::Error>> {
    use openai_ext::types::WebhookEndpointWithSecretResource;

    let endpoint = |secret: &str| {
        serde_json::from_value::<WebhookEndpointWithSecretResource>(json!({"id": "we_1", "signing_secret": secret}))
    };
    let (old, new) = (endpoint("whsec_b2xk")?, endpoint("whsec_bmV3")?);
    let headers = |secret: &str| webhooks::sign(BODY, ID, SystemTime::now(), secret);
    // While one takes the place of another, either signs.
    let both = Webhooks::new(&old).secrets(&new);
    for secret in ["whsec_b2xk", "whsec_bmV3"] {
        both.unwrap(BODY, &headers(secret)?)?;
        webhooks::verify(BODY, &headers(secret)?, ["whsec_b2xk", "whsec_bmV3"])?;
    }
    assert_eq!(Webhooks::new(&new).verify(BODY, &headers("whsec_b2xk")?), Err(WebhookError::WrongSignature));
    let client = Client::builder().api_key("sk-test").build()?;
    client
        .webhooks()
        .secret(&new.signing_secret)
        .tolerance(Duration::from_secs(5))
        .unwrap(BODY, &headers("whsec_bmV3")?)?;
    let shown = format!("{both:?} {old:?} {new:?}");
    assert!(!shown.contains("b2xk") && !shown.contains("bmV3"), "{shown}");
    Ok(())
}

#[test]
fn events_that_are_not_known() -> Result<(), Box<dyn std::error::Error>> {
    let body = json!({"object": "event", "id": "evt_1", "type": "moon.landed", "created_at": 1, "data": {"crew": [1]}});
    let event = read(body.to_string())?;
    assert!(matches!(&event, WebhookEvent::Unknown(kept) if *kept == body));
    assert_eq!(serde_json::to_value(&event)?, body);
    // Members that are new are kept in a known one.
    let body =
        json!({"type": "batch.failed", "id": "evt_1", "data": {"id": "b", "new": 1}, "newer": [2], "object": "event"});
    let event = read(body.to_string())?;
    let WebhookEvent::BatchFailed(failed) = &event else { panic!("{event:?}") };
    assert_eq!(failed.extra.get("newer"), Some(&json!([2])));
    assert_eq!(serde_json::to_value(&event)?, body);
    Ok(())
}

#[test]
fn bodies_that_are_no_events() {
    assert_eq!(read(b"\xff\xfe{}").err(), Some(WebhookError::NotUtf8));
    for body in ["", "{", "no JSON"] {
        let error = read(body).expect_err("no event");
        assert!(matches!(&error, WebhookError::NotAnEvent(why) if !why.is_empty()), "{body}: {error:?}");
    }
    // A value of another kind is kept, unless one is not to be.
    let body = json!({"type": "batch.failed", "id": "evt_1", "data": 7});
    let event = read(body.to_string()).expect("the event is read");
    assert!(matches!(&event, WebhookEvent::BatchFailed(failed) if failed.data.id.is_empty()), "{event:?}");
    assert_eq!(serde_json::to_value(&event).expect("the event is written"), body);
    assert_eq!(event.misfits().iter().map(|misfit| misfit.path()).collect::<Vec<_>>(), ["data"]);
    let text = body.to_string();
    let headers = webhooks::sign(&text, ID, SystemTime::now(), SECRET).expect("a secret");
    let strict = Webhooks::new([SECRET]).strict_decoding(true);
    let error = strict.unwrap(&text, &headers).expect_err("strict");
    assert!(matches!(&error, WebhookError::NotAnEvent(why) if why.contains("data: expected an object")), "{error:?}");
    // JSON that no tag tells anything of is kept.
    for body in [json!({}), json!([1]), json!({"type": 7})] {
        assert!(matches!(read(body.to_string()), Ok(WebhookEvent::Unknown(kept)) if kept == body), "{body}");
    }
}

#[test]
fn by_the_client() -> openai_ext::Result<()> {
    let vars = |name: &str| match name {
        "OPENAI_API_KEY" => Some("sk-1".to_owned()),
        "OPENAI_WEBHOOK_SECRET" => Some(SECRET.to_owned()),
        _ => None,
    };
    let builder = openai_ext::ClientBuilder::<Client>::from_vars(vars).clock(Arc::new(At(TIME)));
    let event = builder.build()?.webhooks().unwrap(BODY, &good())?;
    assert!(matches!(event, WebhookEvent::ResponseCompleted(_)));
    let rotated = Client::builder().api_key("k").webhook_secret("whsec_bmV3").clock(Arc::new(At(TIME))).build()?;
    assert_eq!(rotated.webhooks().verify(BODY, &good()), Err(WebhookError::WrongSignature));
    rotated.webhooks().secret(SECRET).verify(BODY, &good())?;
    let none = Client::builder().api_key("k").build()?;
    assert_eq!(none.webhooks().verify(BODY, &good()), Err(WebhookError::NoSecret));
    Ok(())
}

#[test]
fn errors_say_what_and_no_secret() {
    let all = [
        (WebhookError::NoSecret, openai_ext::ErrorKind::Config),
        (WebhookError::EmptySecret, openai_ext::ErrorKind::Config),
        (WebhookError::SecretNotBase64, openai_ext::ErrorKind::Config),
        (WebhookError::MissingHeader("webhook-id"), openai_ext::ErrorKind::Authentication),
        (WebhookError::BadTimestamp, openai_ext::ErrorKind::Authentication),
        (WebhookError::TooOld, openai_ext::ErrorKind::Authentication),
        (WebhookError::TooNew, openai_ext::ErrorKind::Authentication),
        (WebhookError::WrongSignature, openai_ext::ErrorKind::Authentication),
        (WebhookError::NotUtf8, openai_ext::ErrorKind::Decode),
        (WebhookError::NotAnEvent("why".to_owned()), openai_ext::ErrorKind::Decode),
    ];
    for (error, kind) in all {
        let text = error.to_string();
        let error = openai_ext::Error::from(error);
        assert_eq!((error.kind(), error.message()), (kind, text.as_str()));
        assert!(text.contains("webhook") && std::error::Error::source(&error).is_some());
    }
    assert!(!format!("{:?}", at(TIME)).contains("RdvaYF"));
}
