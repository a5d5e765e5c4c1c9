//! Fields that are not to be shown, and the operations that answer them.

use crate::support::{Case, cases};

cases! {
    secrets: Case::document(r"
paths:
  /keys:
    post:
      operationId: keys
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/KeyParams'}}}
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Key'}}}}
    get:
      operationId: look
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Hint'}}}}
components:
  schemas:
    KeyParams:
      type: object
      required: [password]
      properties: {password: {type: string}, value: {type: string}, token: {type: string, enum: [only]}}
    Key:
      type: object
      required: [id, value]
      properties:
        id: {type: string}
        value: {type: string}
        inner: {type: object, properties: {pin: {type: string}}}
    Hint: {type: object, properties: {value: {type: string}, password: {type: boolean}}}
", &["resources/keys.rs", "types/keys.rs"]).names("
[operations]
keys = { resource = 'keys', verb = 'create' }
look = { resource = 'keys', verb = 'look' }

[secrets]
fields = ['password', 'token']

[secrets.of]
Key = ['value']
'Key.inner' = ['pin']
Later = ['value']
").usage(r#"
        let key = client.keys().create("open").value("shown").send().await?;
        let _ = (key.value, key.inner.map(|inner| inner.pin));
    "#);
}
