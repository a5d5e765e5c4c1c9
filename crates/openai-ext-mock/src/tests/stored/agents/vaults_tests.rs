//! Vaults and their credentials.

use serde_json::{Value, json};

use crate::tests::harness::TestResult;
use crate::tests::stored::api::{Api, id, missing};

#[tokio::test]
async fn a_vault_is_made_changed_listed_and_deleted() -> TestResult {
    let api = Api::start().await?;
    let vault = api.post("/vaults", json!({"name": "A", "metadata": {"k": "v"}})).await?;
    let path = format!("/vaults/{}", id(&vault)?);
    assert_eq!(api.get(&path).await?, vault);
    api.post("/vaults", json!({"name": "B"})).await?;
    assert_eq!(api.page("/vaults?metadata[k]=v").await?, (vec![id(&vault)?], false));
    let changed = api.post(&path, json!({"name": null})).await?;
    assert_eq!((&changed["name"], &changed["metadata"]), (&Value::Null, &vault["metadata"]));
    let body = json!({"agent": {"model": "m"}, "environment": {"type": "none"}, "vault_ids": [vault["id"]]});
    assert_eq!(api.post("/agents/sessions", body).await?["vault_ids"], json!([vault["id"]]));
    assert_eq!(api.delete(&path).await?["object"], "vault.deleted");
    assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("vault_id"));
    assert_eq!(api.refused("GET", &format!("{path}/credentials"), Value::Null).await?, missing("vault_id"));
    Ok(())
}

#[tokio::test]
async fn the_secrets_of_credentials_are_never_shown() -> TestResult {
    let api = Api::start().await?;
    let path = format!("/vaults/{}/credentials", id(&api.post("/vaults", json!({"name": "A"})).await?)?);
    let refresh = json!({"token_endpoint": "https://t", "client_id": "c", "refresh_token": "hidden",
        "token_endpoint_auth": {"type": "client_secret_basic", "client_secret": "hidden"}});
    let kinds = [
        json!({"type": "static_bearer", "mcp_server_url": "https://m", "token": "hidden"}),
        json!({"type": "mcp_oauth", "mcp_server_url": "https://m", "access_token": "hidden", "refresh": refresh}),
        json!({"type": "environment_variable", "secret_name": "KEY", "secret_value": "hidden",
            "networking": {"type": "limited", "allowed_hosts": ["example.com"]}}),
    ];
    let rotations = [
        json!({"type": "static_bearer", "token": "hidden"}),
        json!({"type": "mcp_oauth", "access_token": "hidden", "expires_at": "2027-01-01T00:00:00Z"}),
        json!({"type": "environment_variable", "secret_value": "hidden"}),
    ];
    for (kind, rotation) in kinds.into_iter().zip(rotations) {
        let body = json!({"name": "n", "auth": kind, "metadata": {"k": "v"}});
        let made = api.post(&path, body).await?;
        let one = format!("{path}/{}", id(&made)?);
        let rotated = api.post(&one, json!({"auth": rotation})).await?;
        assert_eq!((&rotated["metadata"], &rotated["name"]), (&json!({"k": "v"}), &json!("n")));
        assert_eq!(rotated["auth"]["expires_at"].is_string(), kind["type"] == "mcp_oauth");
        for answer in [made, rotated, api.get(&one).await?, api.get(&path).await?] {
            assert!(!answer.to_string().contains("hidden"), "{answer}");
        }
        let other = json!({"auth": {"type": if kind["type"] == "mcp_oauth" { "static_bearer" } else { "mcp_oauth" }, "token": "t"}});
        assert_eq!(api.refused("POST", &one, other).await?.1, "auth.type");
        assert_eq!(api.delete(&one).await?["deleted"], true);
        assert_eq!(api.refused("GET", &one, Value::Null).await?, missing("credential_id"));
    }
    Ok(())
}
