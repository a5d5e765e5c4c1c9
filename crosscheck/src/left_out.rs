//! The parts that are not compared, each with its reason. Each entry is checked: one that nothing needs any more is an
//! error.

use serde_json::Value;

use crate::call::Call;

/// A part of an operation that progenitor cannot read; the rest of it is compared.
pub enum Part {
    /// The request body.
    Body,
    /// A parameter of the query.
    Query(&'static str),
}

/// Operations of which a part is left out.
pub struct Operations {
    /// The part.
    pub part: Part,
    /// The type that progenitor has for such an operation.
    pub says: &'static str,
    /// Why it is left out.
    pub why: &'static str,
    /// Their ids.
    pub ids: &'static [&'static str],
}

/// All of them.
pub const OPERATIONS: &[Operations] = &[
    Operations {
        part: Part::Body,
        says: "unexpected content type: multipart/form-data",
        why: "progenitor has no multipart; the fields are compared as the body's schema",
        ids: &[
            "addUploadPart",
            "createFile",
            "createImageVariation",
            "createTranscription",
            "createTranslation",
            "CreateVideoCharacter",
            "createVoiceConsent",
            "Createcontentprovenancecheck",
        ],
    },
    Operations {
        part: Part::Body,
        says: "more media types than expected",
        why: "progenitor takes one media type for a body; the fields are compared as the bodies' schemas",
        ids: &[
            "create-realtime-call",
            "CreateContainerFile",
            "createImageEdit",
            "CreateSkill",
            "CreateSkillVersion",
            "createVideo",
            "createVoice",
            "CreateVideoEdit",
            "CreateVideoExtend",
            "CreateVideoRemix",
        ],
    },
    Operations {
        part: Part::Query("metadata"),
        says: "unsupported style of query parameter DeepObject",
        why: "progenitor has no objects in queries",
        ids: &["listPaginatedFineTuningJobs"],
    },
];

impl Part {
    /// Takes the part out of an operation of the document.
    pub fn cut(&self, operation: &mut Value) {
        let Some(operation) = operation.as_object_mut() else { return };
        match self {
            Self::Body => drop(operation.remove("requestBody")),
            Self::Query(name) => {
                if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
                    parameters.retain(|parameter| parameter["name"] != *name);
                }
            }
        }
    }

    /// Takes the part out of what we say of the operation.
    pub fn ignore(&self, call: &mut Call) {
        match self {
            Self::Body => call.body = None,
            Self::Query(name) => drop(call.query.remove(*name)),
        }
    }

    /// A word for the report.
    pub fn word(&self) -> String {
        match self {
            Self::Body => "body".to_owned(),
            Self::Query(name) => format!("query {name}"),
        }
    }
}

/// Places in schemas where the two sides differ for a reason.
pub struct Schemas {
    /// The place and what is said of it, or how that begins.
    pub says: &'static str,
    /// Why they differ.
    pub why: &'static str,
    /// The schemas' names.
    pub names: &'static [&'static str],
}

/// All of them.
pub const SCHEMAS: &[Schemas] = &[
    Schemas {
        says: ".request_id: ours has none",
        why: "it is required, but the document has no such property: typify makes it any JSON, we make no field",
        names: &["BetaMCPApprovalResponseResource", "MCPApprovalResponseResource"],
    },
    Schemas {
        says: ".response_id: ours has none",
        why: "it is required, but the document has no such property: typify makes it any JSON, we make no field",
        names: &[
            "BetaResponseAudioDoneEvent",
            "BetaResponseAudioTranscriptDeltaEvent",
            "BetaResponseAudioTranscriptDoneEvent",
            "ResponseAudioDoneEvent",
            "ResponseAudioTranscriptDeltaEvent",
            "ResponseAudioTranscriptDoneEvent",
        ],
    },
    Schemas {
        says: ".embedding: theirs list of number | text, ours FloatVector",
        why: "a list of numbers or base64: we read either into one vector",
        names: &["Embedding"],
    },
    Schemas {
        says: ".error: theirs map of any, ours any",
        why: "an object without members: typify makes it a map, we take any JSON for it",
        names: &["FineTuningJob"],
    },
    Schemas {
        says: ".status: theirs has not \"failed\"",
        why: "allOf of two enums: typify takes what both have, we take what the first one had and the second adds",
        names: &["BetaComputerToolCallOutputResource", "ComputerToolCallOutputResource"],
    },
    Schemas {
        says: ": theirs object of [",
        why: "allOf of a union and the field `stream_id`: typify gives it to each form, we read it into `extra`",
        names: &[
            "BetaResponsesServerEvent",
            "BetaResponsesWebSocketStreamEvent",
            "ResponsesServerEvent",
            "ResponsesWebSocketStreamEvent",
        ],
    },
];
