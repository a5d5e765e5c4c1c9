//! Lists, and single items in their place.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use super::{Given, IntoField, form};
use crate::json::{Json, Object, Union, Value, from_input};

/// A list of values for a field: an array, a `Vec`, a slice, a set, an iterator, a tuple of values of different types for
/// one union, JSON, or one value alone.
///
/// ```
/// use openai_runtime::input::IntoList;
///
/// fn stop<K>(value: impl IntoList<String, K>) -> Vec<String> {
///     value.into_list().unwrap_or_default()
/// }
/// let kept = vec!["a".to_owned(), "b".to_owned()];
/// assert_eq!(stop(["a", "b"]), kept);
/// assert_eq!(stop(&kept), kept);
/// assert_eq!(stop(kept.iter().map(String::as_str)), kept);
/// assert_eq!(stop("a"), ["a"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of `{T}`",
    label = "expected an array, a `Vec`, a slice or an iterator of values that convert into `{T}`",
    note = "values of different types stand in a tuple: `(a, b)`; `serde_json::json!([…])` is read as a list"
)]
pub trait IntoList<T, Form> {
    /// Converts the items.
    ///
    /// # Errors
    /// An item does not fit; the error holds its index.
    fn into_list(self) -> Given<Vec<T>>;
}

/// A list for an optional field: a list as [`IntoList`] takes it, or an `Option` of one, whose `None` leaves the field unset.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of `{T}`",
    label = "expected an array, a `Vec`, a slice or an iterator of values that convert into `{T}`, or an `Option` of one",
    note = "values of different types stand in a tuple: `(a, b)`; `serde_json::json!([…])` is read as a list"
)]
pub trait IntoOptionalList<T, Form> {
    /// Converts the items.
    ///
    /// # Errors
    /// An item does not fit; the error holds its index.
    fn into_optional(self) -> Given<Option<Vec<T>>>;
}

fn collect<T, F, U: IntoField<T, F>>(items: impl Iterator<Item = U>) -> Given<Vec<T>> {
    let item = |(index, item): (usize, U)| item.into_field().map_err(|error| error.in_index(index));
    items.enumerate().map(item).collect()
}

macro_rules! collections {
    ($($collection:ty where [$($parameter:tt)*];)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T, F, U: IntoField<T, F>, $($parameter)*> IntoList<T, form::Each<F>> for $collection {
            fn into_list(self) -> Given<Vec<T>> {
                collect(self.into_iter())
            }
        }
        #[diagnostic::do_not_recommend]
        impl<'a, T, F, U, $($parameter)*> IntoList<T, form::EachBorrowed<F>> for &'a $collection
        where
            &'a U: IntoField<T, F>,
        {
            fn into_list(self) -> Given<Vec<T>> {
                collect(self.iter())
            }
        }
    )*};
}

collections! {
    [U; N] where [const N: usize];
    Vec<U> where [];
    VecDeque<U> where [];
    BTreeSet<U> where [];
    HashSet<U, S> where [S];
}

#[diagnostic::do_not_recommend]
impl<'a, T, F, U> IntoList<T, form::EachBorrowed<F>> for &'a [U]
where
    &'a U: IntoField<T, F>,
{
    fn into_list(self) -> Given<Vec<T>> {
        collect(self.iter())
    }
}

#[diagnostic::do_not_recommend]
impl<T, F, U: IntoField<T, F>> IntoList<T, form::Each<F>> for Box<[U]> {
    fn into_list(self) -> Given<Vec<T>> {
        collect(self.into_vec().into_iter())
    }
}

#[diagnostic::do_not_recommend]
impl<T, F, I: Iterator<Item: IntoField<T, F>>> IntoList<T, form::Iter<F>> for I {
    fn into_list(self) -> Given<Vec<T>> {
        collect(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, U: Into<T>> IntoList<T, form::Single<form::ByInto>> for U {
    fn into_list(self) -> Given<Vec<T>> {
        Ok(vec![self.into()])
    }
}

impl<T: Object + Clone> IntoList<T, form::Single<form::BorrowedObject>> for &T {
    fn into_list(self) -> Given<Vec<T>> {
        Ok(vec![self.clone()])
    }
}

impl<T: Union + Clone> IntoList<T, form::Single<form::BorrowedUnion>> for &T {
    fn into_list(self) -> Given<Vec<T>> {
        Ok(vec![self.clone()])
    }
}

macro_rules! single_strings {
    ($($string:ty)*) => {$(
        impl<T: Union + From<String>> IntoList<T, form::Single<form::BorrowedString>> for $string {
            fn into_list(self) -> Given<Vec<T>> {
                Ok(vec![self.to_string().into()])
            }
        }
    )*};
}

single_strings!(&String Cow<'_, str> Box<str> Arc<str>);

impl<T: Json + Default> IntoList<T, form::JsonList> for Value {
    fn into_list(self) -> Given<Vec<T>> {
        match self {
            Self::Array(items) => {
                let item = |(index, item)| from_input(item).map_err(|error| error.in_index(index));
                items.iter().enumerate().map(item).collect()
            }
            single => Ok(vec![from_input(&single)?]),
        }
    }
}

macro_rules! tuples {
    ($(($($item:ident $form:ident $index:tt),*))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Union, $($item: IntoField<T, $form>, $form),*> IntoList<T, form::Tuple<($($form,)*)>> for ($($item,)*) {
            fn into_list(self) -> Given<Vec<T>> {
                Ok(vec![$(self.$index.into_field().map_err(|error| error.in_index($index))?),*])
            }
        }
    )*};
}

tuples! {
    (A FA 0)
    (A FA 0, B FB 1)
    (A FA 0, B FB 1, C FC 2)
    (A FA 0, B FB 1, C FC 2, D FD 3)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4, G FG 5)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4, G FG 5, H FH 6)
    (A FA 0, B FB 1, C FC 2, D FD 3, E FE 4, G FG 5, H FH 6, I FI 7)
}

#[diagnostic::do_not_recommend]
impl<T, F, U: IntoList<T, F>> IntoOptionalList<T, form::Itself<F>> for U {
    #[inline]
    fn into_optional(self) -> Given<Option<Vec<T>>> {
        self.into_list().map(Some)
    }
}

#[diagnostic::do_not_recommend]
impl<T, F, U: IntoList<T, F>> IntoOptionalList<T, form::Maybe<F>> for Option<U> {
    #[inline]
    fn into_optional(self) -> Given<Option<Vec<T>>> {
        self.map(U::into_list).transpose()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T, F, U> IntoOptionalList<T, form::MaybeBorrowed<F>> for &'a Option<U>
where
    &'a U: IntoList<T, F>,
{
    fn into_optional(self) -> Given<Option<Vec<T>>> {
        self.as_ref().map(IntoList::into_list).transpose()
    }
}
