//! One change: its kind, its place and the name that it is about.

/// The kind of a change. The order is that of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// An operation is gone.
    OperationRemoved,
    /// An operation has another method or path.
    OperationMoved,
    /// An operation is new.
    OperationAdded,
    /// A webhook is gone.
    WebhookRemoved,
    /// A webhook is new.
    WebhookAdded,
    /// A parameter is gone.
    ParameterRemoved,
    /// A parameter has to be sent.
    ParameterRequired,
    /// A parameter may be left out.
    ParameterOptional,
    /// A parameter is new.
    ParameterAdded,
    /// A body comes in fewer media types.
    MediaTypeRemoved,
    /// A body comes in more media types.
    MediaTypeAdded,
    /// A component schema is gone.
    TypeRemoved,
    /// A component schema is new.
    TypeAdded,
    /// A field is gone.
    FieldRemoved,
    /// A field is always there, or has to be sent.
    FieldRequired,
    /// A field may be absent.
    FieldOptional,
    /// A field may be null, or may not any more.
    FieldNull,
    /// A value has another type.
    TypeChanged,
    /// A field is new.
    FieldAdded,
    /// An enum lost a value.
    ValueRemoved,
    /// An enum has a new value.
    ValueAdded,
    /// A union lost an alternative.
    AlternativeRemoved,
    /// A union has a new alternative.
    AlternativeAdded,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Set if code that uses the place may need a change.
    pub breaking: bool,
    /// The part of the API.
    pub area: String,
    /// The kind.
    pub kind: ChangeKind,
    /// The operation, type or field around it; empty for an operation or type itself.
    pub place: String,
    /// The name of what changed.
    pub name: String,
}

impl ChangeKind {
    /// Says if code that uses the place may need a change, whatever the place is.
    pub(super) fn is_breaking(self) -> bool {
        match self {
            Self::OperationAdded
            | Self::WebhookAdded
            | Self::ParameterOptional
            | Self::ParameterAdded
            | Self::MediaTypeAdded
            | Self::TypeAdded
            | Self::FieldAdded
            | Self::ValueAdded
            | Self::AlternativeAdded => false,
            Self::OperationRemoved
            | Self::OperationMoved
            | Self::WebhookRemoved
            | Self::ParameterRemoved
            | Self::ParameterRequired
            | Self::MediaTypeRemoved
            | Self::TypeRemoved
            | Self::FieldRemoved
            | Self::FieldRequired
            | Self::FieldOptional
            | Self::FieldNull
            | Self::TypeChanged
            | Self::ValueRemoved
            | Self::AlternativeRemoved => true,
        }
    }

    /// The start of a line about changes of this kind.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::OperationRemoved => "Removed operations",
            Self::OperationMoved => "Moved operations",
            Self::OperationAdded => "New operations",
            Self::WebhookRemoved => "Removed webhooks",
            Self::WebhookAdded => "New webhooks",
            Self::ParameterRemoved => "Removed parameters",
            Self::ParameterRequired => "Required parameters",
            Self::ParameterOptional => "Parameters that are optional now",
            Self::ParameterAdded => "New parameters",
            Self::MediaTypeRemoved => "Removed media types",
            Self::MediaTypeAdded => "New media types",
            Self::TypeRemoved => "Removed types",
            Self::TypeAdded => "New types",
            Self::FieldRemoved => "Removed fields",
            Self::FieldRequired => "Required fields",
            Self::FieldOptional => "Fields that are optional now",
            Self::FieldNull => "Null",
            Self::TypeChanged => "Changed types",
            Self::FieldAdded => "New fields",
            Self::ValueRemoved => "Removed values",
            Self::ValueAdded => "New values",
            Self::AlternativeRemoved => "Removed alternatives",
            Self::AlternativeAdded => "New alternatives",
        }
    }
}
