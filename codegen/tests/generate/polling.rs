//! Long operations: what begins one, what fetches it, and where its path comes from.

use crate::support::{Case, cases};

const SHOW: &[&str] = &["resources/jobs.rs"];

/// A job that is begun, changed and fetched.
pub const JOBS: &str = r"
paths:
  /jobs:
    post: {operationId: begin, responses: &job {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Job'}}}}}}
  /jobs/{job_id}:
    parameters: &path [{name: job_id, in: path, required: true, schema: {type: string}}]
    get: {operationId: look, responses: *job}
  /jobs/{job_id}/copy:
    parameters: *path
    post: {operationId: copy, responses: *job}
components:
  schemas:
    Job:
      type: object
      required: [id, status]
      properties: {id: {type: string}, status: {type: string, enum: [running, stopping, ready, broken]}}
";

/// A job below another thing, whose id is in the path, in the answer, or deeper in another answer.
const BELOW: &str = r"
paths:
  /boxes/{box_id}/jobs:
    parameters: &box [{name: box_id, in: path, required: true, schema: {type: string}}]
    post: {operationId: begin, responses: &job {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Job'}}}}}}
  /boxes/{box_id}/jobs/{job_id}:
    parameters:
    - {name: job_id, in: path, required: true, schema: {type: string}}
    - {name: box_id, in: path, required: true, schema: {type: string}}
    get: {operationId: look, responses: *job}
  /jobs:
    post: {operationId: beginAnywhere, responses: *job}
  /orders:
    post: {operationId: order, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}}
components:
  schemas:
    Job:
      type: object
      required: [id, box_id, phase]
      properties: {id: {type: string}, box_id: {type: string}, phase: {type: string}}
    Order:
      type: object
      required: [box_id, job]
      properties: {box_id: {type: string}, job: {$ref: '#/components/schemas/Job'}}
";

cases! {
    job_by_its_id: Case::document(JOBS, SHOW).names("
[operations]
begin = { resource = 'jobs', verb = 'create' }
copy = { resource = 'jobs', verb = 'copy' }
look = { resource = 'jobs', verb = 'retrieve' }

[polling.look]
pending = ['running', 'stopping']
done = ['ready', 'broken']
by = ['begin', 'copy']
").usage(r#"
        let job = client.jobs().create().send_and_poll().await?;
        let copy = client.jobs().copy(&job.id).send_and_poll().with_poll_interval(std::time::Duration::ZERO).await?;
        let mut states = client.jobs().poll(copy.id);
        while let Some(job) = states.next().await {
            drop(job?.status);
        }
        let job = client.jobs().retrieve("job").with_header("a", "b").poll().await?;
        drop(job);
    "#);

    job_below_another_thing: Case::document(BELOW, &["resources/boxes/", "resources/orders.rs"]).names("
[operations]
begin = { resource = 'boxes.jobs', verb = 'create' }
beginAnywhere = { resource = 'boxes.jobs', verb = 'create_anywhere' }
look = { resource = 'boxes.jobs', verb = 'retrieve' }
order = { resource = 'orders', verb = 'create' }

[polling.look]
field = 'phase'
pending = ['running']
done = ['ready', 'broken']
interval = 30
by = ['begin', 'beginAnywhere', 'order']
id = { order = 'job.id' }
").usage(r#"
        let job = client.boxes().jobs().create("box").send_and_poll().await?;
        let other = client.boxes().jobs().create_anywhere().send_and_poll().await?;
        let ordered = client.orders().create().send_and_poll().await?;
        drop((job.phase, other.phase, ordered.phase));
        drop(client.boxes().jobs().poll("job", "box").await?);
    "#);

    states_beyond_the_document_and_operations_it_has_not: Case::document(JOBS, &[]).names("
[operations]
begin = { resource = 'jobs', verb = 'create' }
copy = { resource = 'jobs', verb = 'copy' }
look = { resource = 'jobs', verb = 'retrieve' }

[polling.look]
pending = ['running', 'waiting']
done = ['ready', 'gone']
by = ['begin', 'renew']

[polling.watch]
pending = ['running']
done = ['ready']
");
}
