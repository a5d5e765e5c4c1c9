//! Maps with string keys.

use super::{Given, IntoField, form};
use crate::json::{Json, Map, Value, from_input};

/// A map with string keys for a field: pairs in an array, a `Vec` or a slice, a map of the standard library, or JSON.
///
/// ```
/// use openai_runtime::input::IntoMap;
/// use openai_runtime::json::Map;
///
/// fn metadata<K>(value: impl IntoMap<String, K>) -> Option<Map<String>> {
///     value.into_map().ok()
/// }
/// let pairs = vec![("team", "search")];
/// assert_eq!(metadata(&pairs), metadata([("team", "search")]));
/// assert_eq!(metadata(&pairs), metadata(serde_json::json!({"team": "search"})));
/// assert_eq!(metadata(serde_json::json!({"team": 5})), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no map of strings to `{T}`",
    label = "expected pairs such as `[(\"key\", value)]`, a map, or `serde_json::json!({{…}})`"
)]
pub trait IntoMap<T, Form> {
    /// Converts the pairs.
    ///
    /// # Errors
    /// A value does not fit; the error holds its key.
    fn into_map(self) -> Given<Map<T>>;
}

/// A map for an optional field: a map as [`IntoMap`] takes it, or an `Option` of one, whose `None` leaves the field unset.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no map of strings to `{T}`",
    label = "expected pairs such as `[(\"key\", value)]`, a map, `serde_json::json!({{…}})`, or an `Option` of one"
)]
pub trait IntoOptionalMap<T, Form> {
    /// Converts the pairs.
    ///
    /// # Errors
    /// A value does not fit; the error holds its key.
    fn into_optional(self) -> Given<Option<Map<T>>>;
}

fn pair<T, A: IntoField<String, FA>, FA, B: IntoField<T, FB>, FB>((key, value): (A, B)) -> Given<(String, T)> {
    let key = key.into_field()?;
    let value = value.into_field().map_err(|error| error.in_field(&key))?;
    Ok((key, value))
}

#[diagnostic::do_not_recommend]
impl<T, A: IntoField<String, FA>, FA, B: IntoField<T, FB>, FB, I> IntoMap<T, form::Pairs<(FA, FB)>> for I
where
    I: IntoIterator<Item = (A, B)>,
{
    fn into_map(self) -> Given<Map<T>> {
        self.into_iter().map(pair).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T, A: 'a, FA, B: 'a, FB, I> IntoMap<T, form::PairsBorrowed<(FA, FB)>> for I
where
    I: IntoIterator<Item = &'a (A, B)>,
    &'a A: IntoField<String, FA>,
    &'a B: IntoField<T, FB>,
{
    fn into_map(self) -> Given<Map<T>> {
        self.into_iter().map(|(key, value)| pair((key, value))).collect()
    }
}

impl<T: Json + Default> IntoMap<T, form::JsonList> for Value {
    fn into_map(self) -> Given<Map<T>> {
        match self {
            Self::Object(members) => {
                let pair = |(key, value): (&String, _)| match from_input(value) {
                    Ok(value) => Ok((key.clone(), value)),
                    Err(error) => Err(error.in_field(key)),
                };
                members.iter().map(pair).collect()
            }
            // It is no map, which reading it says.
            other => from_input(&other),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T, F, U: IntoMap<T, F>> IntoOptionalMap<T, form::Itself<F>> for U {
    #[inline]
    fn into_optional(self) -> Given<Option<Map<T>>> {
        self.into_map().map(Some)
    }
}

#[diagnostic::do_not_recommend]
impl<T, F, U: IntoMap<T, F>> IntoOptionalMap<T, form::Maybe<F>> for Option<U> {
    #[inline]
    fn into_optional(self) -> Given<Option<Map<T>>> {
        self.map(U::into_map).transpose()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T, F, U> IntoOptionalMap<T, form::MaybeBorrowed<F>> for &'a Option<U>
where
    &'a U: IntoMap<T, F>,
{
    fn into_optional(self) -> Given<Option<Map<T>>> {
        self.as_ref().map(IntoMap::into_map).transpose()
    }
}
