//! One change: its kind, its place and the name that it is about.

/// The effect of a change on code that uses the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// The code may need a change.
    Breaking,
    /// Something is new that the code does not use yet.
    Added,
    /// The code stays as it is, but what it asks for or gets may be another.
    Changed,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $impact:ident, $label:literal;)*) => {
        /// The kind of a change. The order is that of the text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ChangeKind {
            $($(#[$doc])* $kind,)*
        }

        impl ChangeKind {
            /// The effect of a change of this kind.
            pub fn impact(self) -> Impact {
                match self {
                    $(Self::$kind => Impact::$impact,)*
                }
            }

            /// The start of a line about changes of this kind.
            pub(super) fn label(self) -> &'static str {
                match self {
                    $(Self::$kind => $label,)*
                }
            }
        }
    };
}

kinds! {
    /// An operation is gone.
    OperationRemoved: Breaking, "Removed operations";
    /// An operation has another name.
    OperationRenamed: Breaking, "Renamed operations";
    /// An operation has another method or path, and callers give other parameters for it.
    OperationChanged: Breaking, "Changed paths";
    /// An operation has another method or path with as many parameters.
    OperationMoved: Changed, "Moved operations";
    /// An operation is not to be used any more.
    OperationDeprecated: Changed, "Deprecated operations";
    /// An operation is new.
    OperationAdded: Added, "New operations";
    /// An operation takes another kind of key.
    SecurityChanged: Breaking, "Changed authentication";
    /// A webhook is gone.
    WebhookRemoved: Breaking, "Removed webhooks";
    /// A webhook is new.
    WebhookAdded: Added, "New webhooks";
    /// A parameter is gone.
    ParameterRemoved: Breaking, "Removed parameters";
    /// A parameter has to be sent.
    ParameterRequired: Breaking, "Parameters that are required now";
    /// A new parameter has to be sent.
    ParameterAddedRequired: Breaking, "New required parameters";
    /// A parameter may be left out.
    ParameterOptional: Breaking, "Parameters that are optional now";
    /// A parameter is new.
    ParameterAdded: Added, "New parameters";
    /// An operation has a request body or response that it did not have, or lacks the one that it had.
    BodyChanged: Breaking, "Changed bodies";
    /// A request body has to be sent.
    BodyRequired: Breaking, "Request bodies that are required now";
    /// A request body may be left out.
    BodyOptional: Breaking, "Request bodies that are optional now";
    /// A body comes in fewer media types.
    MediaTypeRemoved: Breaking, "Removed media types";
    /// A body comes in more media types.
    MediaTypeAdded: Added, "New media types";
    /// A type is gone.
    TypeRemoved: Breaking, "Removed types";
    /// A type is new.
    TypeAdded: Added, "New types";
    /// A field is gone.
    FieldRemoved: Breaking, "Removed fields";
    /// A field is always there, or has to be sent.
    FieldRequired: Breaking, "Fields that are required now";
    /// A new field is always there, or has to be sent.
    FieldAddedRequired: Breaking, "New required fields";
    /// A field may be absent.
    FieldOptional: Breaking, "Fields that are optional now";
    /// A required field may be null.
    FieldNullable: Breaking, "Fields that may be null now";
    /// A required field is not null any more.
    FieldNeverNull: Breaking, "Fields that are never null now";
    /// A value has another type.
    TypeChanged: Breaking, "Changed types";
    /// A field is new.
    FieldAdded: Added, "New fields";
    /// A field that may be null may be absent as well: it is an `Option` in either case.
    NullableFieldOptional: Changed, "Nullable fields that may be absent now";
    /// A field that may be null is never absent.
    NullableFieldRequired: Changed, "Nullable fields that are never absent now";
    /// A type, field or parameter is not to be used any more.
    FieldDeprecated: Changed, "Deprecated types, fields and parameters";
    /// An enum lost a value.
    ValueRemoved: Breaking, "Removed values";
    /// An enum has a new value.
    ValueAdded: Added, "New values";
    /// A union lost a form.
    FormRemoved: Breaking, "Removed forms";
    /// A union has a new form.
    FormAdded: Added, "New forms";
    /// A value that is not sent is another one for the server.
    DefaultChanged: Changed, "Changed defaults";
    /// A value has other bounds.
    BoundChanged: Changed, "Changed bounds";
    /// A string or number has another format.
    FormatChanged: Changed, "Changed formats";
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The part of the API.
    pub area: String,
    /// The kind.
    pub kind: ChangeKind,
    /// The operation, type or field around it; empty for an operation or type itself.
    pub place: String,
    /// The name of what changed.
    pub name: String,
}
