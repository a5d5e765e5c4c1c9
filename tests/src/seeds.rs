//! Seeds for the fuzz targets that play no streams: a target's inputs, each with a name.

use serde_json::{Value, json};

use crate::calls::sample::{Fill, Sampler};
use crate::generated::schemas::SCHEMAS;

/// A seed: its target, its name and its bytes.
pub type Seed = (&'static str, String, Vec<u8>);

/// All of them.
///
/// # Errors
/// The document can't be read.
pub fn all() -> Result<Vec<Seed>, String> {
    let document = crate::document()?;
    let mut seeds = types(&document);
    seeds.extend(documents(&document));
    let named = |target, list: &[&[u8]]| -> Vec<Seed> {
        list.iter().enumerate().map(|(number, bytes)| (target, number.to_string(), bytes.to_vec())).collect()
    };
    seeds.extend(named("errors", ERRORS));
    seeds.extend(named("encode", ENCODE));
    seeds.extend(named("webhooks", WEBHOOKS));
    Ok(seeds)
}

/// Status, headers and body of errors as servers and proxies send them.
const ERRORS: &[&[u8]] = &[
    b"\0\x1dcontent-type: application/json\nx-request-id: req_1\nretry-after-ms: 5\n\n{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\",\"code\":\"c\"}}",
    b"\0\x66content-type: text/html\nretry-after: Wed, 21 Oct 2026 07:28:00 GMT\n\n<html><head><title>502 Bad Gateway</title></head></html>",
    b"\0\0content-type: application/json; charset=utf-8\ncontent-length: 3\n\n\xef\xbb\xbf{\"error\":\"m\"}",
    b"\0\x01www-authenticate: Bearer\nx-should-retry: true\n\n{\"detail\":[{\"loc\":[\"body\",0],\"msg\":\"m\"}],\"message\":{\"code\":1e999}}",
    b"\0\x1dcontent-encoding: gzip\nx-ratelimit-reset-tokens: 6m0s\nx-ratelimit-limit-requests: 18446744073709551616\n\n\x1f\x8b\x08\0\0\0\0\0",
];

/// The encoding of the body, and a JSON text that is sent in path, query and body.
const ENCODE: &[&[u8]] = &[
    b"\0{\"name\":\"a b&c\",\"list[]\":[1,2.5,null],\"map\":{\"k\":{\"d\":true}}}",
    b"\x01{\"na\\\"me\\r\\n\":\"x\\r\\n--\",\"file\":\"\xc3\xa9\",\"empty\":{},\"none\":[]}",
    b"\x02{\"a+b\":\"%2B\",\"\":[[\"#\"],{\"?\":\"=\"}]}",
    b"\x03{\"sdp\":\"v=0\",\"session\":{\"type\":\"realtime\"}}",
    b"\0\"..\"",
];

/// Changes after signing, headers, and the body; the first three are signed by the target's secret.
const WEBHOOKS: &[&[u8]] = &[
    b"\0webhook-id: wh_1\nwebhook-timestamp: 1750861210\nwebhook-signature: v1,2tiUfAvGyg4uYWnhnpWh7Diqlijc58qJXnI6uyVvqrw=\n\n{\"id\":\"evt_1\",\"object\":\"event\",\"created_at\":1750861210,\"type\":\"response.completed\",\"data\":{\"id\":\"resp_1\"}}",
    b"\x07Webhook-Id: wh_2\nwebhook-timestamp: 1750861510\nwebhook-signature: v1a,x v1,AAAA YgBkmtiI9XYbF0YGCmcjqDDA6POTBAC7VusXQsOYvrU=\n\n{\"type\":\"moon.landed\",\"data\":[]}",
    b"\x01webhook-id: wh_3\nwebhook-timestamp: -1\nwebhook-signature: v1,AAAA\nwebhook-signature: JCiV6zjJUazg6KhV66c8MCS9kVot0uZXSfB/32tp5XM=\n\n\xff\xfe",
    b"\x02webhook-id: a\nwebhook-id: b\nwebhook-timestamp: soon\nwebhook-signature: ,\n\n",
    b"\x03webhook-id: wh_4\nwebhook-signature: v1,\n\n{\"type\":\"batch.failed\",\"data\":7}",
];

/// Of each type what its schema requires, and everything.
fn types(document: &Value) -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (index, (name, _)) in SCHEMAS.iter().enumerate() {
        let content = json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
        let operation = json!({"requestBody": {"content": content}});
        for (kind, fill) in [("required", Fill::Required), ("all", Fill::All)] {
            let sample = Sampler::new(document, fill, index).request(&operation, Some("application/json"));
            let Some(body) = sample.body else { continue };
            let number = u16::try_from(index).unwrap_or_default().to_be_bytes();
            seeds.push(("types", format!("{name}-{kind}"), [&number[..], body.to_string().as_bytes()].concat()));
        }
    }
    seeds
}

/// Documents of one operation and one schema of the document that refers to no other.
fn documents(document: &Value) -> Vec<Seed> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let alone = schemas.into_iter().flatten().filter(|(_, schema)| !schema.to_string().contains("$ref"));
    // The larger ones are of the same few keywords.
    let small = alone.filter(|(_, schema)| schema.to_string().len() < 1024).step_by(4);
    small
        .map(|(name, schema)| {
            let content = json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
            let document = json!({
                "openapi": "3.1.0",
                "info": {"title": "Things", "version": "1"},
                "paths": {"/things/{id}": {"post": {
                    "operationId": "createThing",
                    "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                    "requestBody": {"required": true, "content": content},
                    "responses": {"200": {"description": "", "content": content}},
                }}},
                "components": {"schemas": {name.as_str(): schema}},
            });
            ("import", name.clone(), document.to_string().into_bytes())
        })
        .collect()
}
