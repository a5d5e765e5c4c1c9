//! What is wrong with a document or with names.toml: the message says where.

use crate::polling::JOBS;
use crate::support::Case;

macro_rules! errors {
    ($($name:ident: $case:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let case: Case = $case;
                match case.output() {
                    Ok(output) => panic!("this can't be right, but it was generated:\n{}", output.surface),
                    Err(error) => insta::assert_snapshot!(error),
                }
            }
        )*
    };
}

errors! {
    dangling_reference: Case::answer("Thing: {type: object, properties: {a: {$ref: '#/components/schemas/Gone'}}}");
    dangling_reference_of_an_operation: Case::document("
paths:
  /things:
    get:
      operationId: thing
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Gone'}}}}}
", &[]);
    reference_elsewhere: Case::answer("Thing: {type: object, properties: {a: {$ref: 'other.yaml#/Thing'}}}");
    circular_all_of: Case::answer(r"
Thing: {allOf: [{$ref: '#/components/schemas/Other'}, {type: object, properties: {a: {type: string}}}]}
Other: {allOf: [{$ref: '#/components/schemas/Thing'}, {type: object, properties: {b: {type: string}}}]}
");
    references_in_a_circle: Case::answer(r"
Thing: {type: object, properties: {a: {$ref: '#/components/schemas/One'}}}
One: {$ref: '#/components/schemas/Two'}
Two: {$ref: '#/components/schemas/One'}
");
    resource_and_verb_of_one_name: Case::document("
paths:
  /a: {get: {operationId: one, responses: {'204': {description: ''}}}}
  /b: {get: {operationId: two, responses: {'204': {description: ''}}}}
", &[]).names("
[operations]
one = { resource = 'things', verb = 'parts' }
two = { resource = 'things.parts', verb = 'list' }
");
    two_aliases_of_one_name: Case::answer(r"
Thing: {type: object, properties: {a: {$ref: '#/components/schemas/One'}, b: {$ref: '#/components/schemas/Two'}}}
One: {$ref: '#/components/schemas/X'}
Two: {$ref: '#/components/schemas/Y'}
X: {type: object, properties: {x: {type: string}}}
Y: {type: object, properties: {y: {type: string}}}
").names("
[types]
One = 'Same'
Two = 'Same'
");
    names_toml_with_an_unknown_key: Case::answer("Thing: {type: object}").names("[operation]\n");
    docs_yaml_with_no_text: Case::answer("Thing: {type: object}").docs("Thing: [a]");
    not_openapi: Case::document("paths: 3", &[]);
    a_state_that_goes_on_and_ends: jobs("
[operations]
begin = { resource = 'jobs', verb = 'create' }
copy = { resource = 'jobs', verb = 'copy' }
look = { resource = 'jobs', verb = 'retrieve' }

[polling.look]
pending = ['running', 'ready']
done = ['ready']
");
    a_long_operation_without_an_end: jobs("
[operations]
begin = { resource = 'jobs', verb = 'create' }
copy = { resource = 'jobs', verb = 'copy' }
look = { resource = 'jobs', verb = 'retrieve' }

[polling.look]
pending = ['running']
done = []
");
    a_long_operation_without_its_field: jobs("
[operations]
begin = { resource = 'jobs', verb = 'create' }
copy = { resource = 'jobs', verb = 'copy' }
look = { resource = 'jobs', verb = 'retrieve' }

[polling.look]
field = 'phase'
pending = ['running']
done = ['ready']
");
    a_long_operation_that_is_begun_by_what_does_not_say_its_id: jobs("
[operations]
begin = { resource = 'jobs', verb = 'create' }
copy = { resource = 'jobs', verb = 'copy' }
look = { resource = 'jobs', verb = 'retrieve' }

[polling.look]
pending = ['running']
done = ['ready']
by = ['begin']
id = { begin = 'job.id' }
");
    an_id_of_what_begins_nothing: jobs("
[operations]
begin = { resource = 'jobs', verb = 'create' }
copy = { resource = 'jobs', verb = 'copy' }
look = { resource = 'jobs', verb = 'retrieve' }

[polling.look]
pending = ['running']
done = ['ready']
by = ['begin']
id = { copy = 'id' }
");
    two_long_operations_of_one_resource: jobs("
[operations]
begin = { resource = 'jobs', verb = 'create' }
copy = { resource = 'jobs', verb = 'copy' }
look = { resource = 'jobs', verb = 'retrieve' }

[polling.copy]
pending = ['running']
done = ['ready']

[polling.look]
pending = ['running']
done = ['ready']
");
    an_operation_that_begins_two: jobs("
[operations]
begin = { resource = 'jobs', verb = 'create' }
copy = { resource = 'jobs', verb = 'copy' }
look = { resource = 'jobs', verb = 'retrieve' }

[polling.look]
pending = ['running']
done = ['ready']
by = ['begin', 'begin']
");
    a_long_operation_whose_word_is_taken: jobs("
[operations]
begin = { resource = 'jobs', verb = 'create' }
copy = { resource = 'jobs', verb = 'poll' }
look = { resource = 'jobs', verb = 'retrieve' }

[polling.look]
pending = ['running']
done = ['ready']
");
    a_state_that_is_fetched_with_a_body: Case::body(r"
Thing: {type: object, properties: {status: {type: string}}}
").names("
[polling.createThing]
pending = ['running']
done = ['ready']
");
    a_state_that_is_fetched_with_a_query: Case::document(r"
paths:
  /jobs/{job_id}:
    get:
      operationId: look
      parameters:
      - {name: job_id, in: path, required: true, schema: {type: string}}
      - {name: kind, in: query, required: true, schema: {type: string}}
      responses:
        '200': {description: '', content: {application/json: {schema: {type: object, properties: {status: {type: string}}}}}}
", &[]).names("
[operations]
look = { resource = 'jobs', verb = 'retrieve' }

[polling.look]
pending = ['running']
done = ['ready']
");
    cookie_parameter: Case::document("
paths:
  /things:
    get:
      operationId: thing
      parameters: [{name: a, in: cookie, schema: {type: string}}]
      responses: {'204': {description: ''}}
", &[]);
    several_last_events_without_types: Case::document(r"
paths:
  /things:
    get:
      operationId: thing
      responses: {'204': {description: ''}}
components:
  schemas:
    Event: {type: object, properties: {delta: {type: string}}}
", &[]).names("
[operations]
thing = { resource = 'things', verb = 'watch', stream = 'Event', several = true }
");

    a_stream_resumes_after_nothing: Case::document(r"
paths:
  /things:
    get:
      operationId: thing
      responses: {'204': {description: ''}}
components:
  schemas:
    Event: {type: object, properties: {delta: {type: string}}}
", &[]).names("
[operations]
thing = { resource = 'things', verb = 'watch', stream = 'Event', resumes = ['busy'] }
");
    unset_field_that_the_body_has_not: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody: {content: {application/json: {schema: {type: object, properties: {size: {type: string}}}}}}
      responses: {'204': {description: ''}}
", &[]).names("
[operations]
thing = { resource = 'things', verb = 'create', unset = { sise = 'large' } }
");
    webhook_without_a_reference: Case::document("
x-webhooks: {thing.grown: {post: {}}}
paths: {}
", &[]);
}

#[test]
fn too_many_fields() {
    use std::fmt::Write as _;
    let mut document = String::from("openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\n");
    document += "components:\n  schemas:\n    Thing:\n      type: object\n      properties:\n";
    for number in 0..129 {
        writeln!(document, "        field_{number}: {{type: string}}").expect("a String takes it");
    }
    let names = "roots = [{ schema = 'Thing', area = 'things' }]";
    let input =
        openai_codegen::Input { document: &document, names, overlays: &[], docs: &[], strictness: Default::default() };
    insta::assert_snapshot!(openai_codegen::generate(input).expect_err("no set of bits is so large"));
}

/// The document of long operations with these names.
fn jobs(names: &'static str) -> Case {
    Case::document(JOBS, &[]).names(names)
}
