//! One value for one field.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::{Given, IntoNumber, form};
use crate::json::{InputError, Json, Object, OpenEnum, Union, Value, from_input};

/// A value for a field of type `T`: whatever `Into` converts, an integer of any type, a borrowed value of an API type,
/// and JSON for objects and unions.
///
/// ```
/// use openai_runtime::input::IntoField;
///
/// fn tokens<K>(value: impl IntoField<i64, K>) -> Option<i64> {
///     value.into_field().ok()
/// }
/// assert_eq!((tokens(5), tokens(5u64), tokens(5usize)), (Some(5), Some(5), Some(5)));
/// assert_eq!(tokens(u64::MAX), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value for a field of type `{T}`",
    label = "expected a value that converts into `{T}`",
    note = "a field takes its own type, what `Into` converts into it, and `serde_json::json!(…)` where it is an object or a union"
)]
pub trait IntoField<T, Form> {
    /// Converts the value.
    ///
    /// # Errors
    /// The value does not fit the field.
    fn into_field(self) -> Given<T>;
}

/// A value for an optional field of type `T`: the value itself as [`IntoField`] takes it, or an `Option` of it, whose `None`
/// leaves the field unset.
///
/// ```
/// use openai_runtime::input::IntoOptional;
///
/// fn user<K>(value: impl IntoOptional<String, K>) -> Option<String> {
///     value.into_optional().ok().flatten()
/// }
/// let name: Option<String> = None;
/// assert_eq!((user("a"), user(Some("b"))), (Some("a".to_owned()), Some("b".to_owned())));
/// assert_eq!((user(&name), user(name.as_deref()), user(name)), (None, None, None));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value for an optional field of type `{T}`",
    label = "expected a value that converts into `{T}`, or an `Option` of one",
    note = "a field takes its own type, what `Into` converts into it, and `serde_json::json!(…)` where it is an object or a union"
)]
pub trait IntoOptional<T, Form> {
    /// Converts the value.
    ///
    /// # Errors
    /// The value does not fit the field.
    fn into_optional(self) -> Given<Option<T>>;
}

#[diagnostic::do_not_recommend]
impl<T, U: Into<T>> IntoField<T, form::ByInto> for U {
    #[inline]
    fn into_field(self) -> Given<T> {
        Ok(self.into())
    }
}

macro_rules! wide {
    ($($integer:ty)*) => {$(
        impl IntoField<i64, form::Wide> for $integer {
            fn into_field(self) -> Given<i64> {
                i64::try_from(self).map_err(|_| InputError::new(format!("{self} is out of the range of 64-bit integers")))
            }
        }
    )*};
}

wide!(u64 usize isize u128 i128);

/// Numbers for a union that has a form for a float.
macro_rules! numbers_of_unions {
    ($($number:ty)*) => {$(
        impl<T: Union + From<f64>> IntoField<T, form::Wide> for $number {
            fn into_field(self) -> Given<T> {
                IntoNumber::<f64>::into_number(self).map(T::from)
            }
        }
    )*};
}

numbers_of_unions!(i8 u8 i16 u16 i32 u32 i64 u64 isize usize f32);

macro_rules! borrowed {
    ($($integer:ty)*) => {$(
        impl IntoField<i64, form::BorrowedInteger> for &$integer {
            fn into_field(self) -> Given<i64> {
                (*self).into_field()
            }
        }
    )*};
}

borrowed!(i8 u8 i16 u16 i32 u32 i64 u64 usize isize);

impl<T: Object + Clone> IntoField<T, form::BorrowedObject> for &T {
    fn into_field(self) -> Given<T> {
        Ok(self.clone())
    }
}

impl<T: Union + Clone> IntoField<T, form::BorrowedUnion> for &T {
    fn into_field(self) -> Given<T> {
        Ok(self.clone())
    }
}

impl<T: OpenEnum + Clone> IntoField<T, form::BorrowedEnum> for &T {
    fn into_field(self) -> Given<T> {
        Ok(self.clone())
    }
}

impl<T> IntoField<T, form::Boxed> for Box<T> {
    fn into_field(self) -> Given<T> {
        Ok(*self)
    }
}

impl<T: Clone> IntoField<T, form::BorrowedBox> for &Box<T> {
    fn into_field(self) -> Given<T> {
        Ok((**self).clone())
    }
}

/// Strings that `Into` does not convert into a `String`.
macro_rules! strings {
    ($($string:ty)*) => {$(
        impl IntoField<String, form::BorrowedString> for $string {
            fn into_field(self) -> Given<String> {
                Ok((*self).to_string())
            }
        }
    )*};
}

strings!(&&str &Cow<'_, str> &Box<str> Arc<str> &Arc<str> Rc<str>);

/// Strings that unions do not convert: they convert `&str` and `String`.
macro_rules! strings_of_unions {
    ($($string:ty)*) => {$(
        impl<T: Union + From<String>> IntoField<T, form::BorrowedString> for $string {
            fn into_field(self) -> Given<T> {
                Ok(self.to_string().into())
            }
        }
    )*};
}

strings_of_unions!(&&str &String Cow<'_, str> &Cow<'_, str> Box<str> &Box<str> Arc<str> &Arc<str> Rc<str> char);

impl<T: Object + Json + Default> IntoField<T, form::JsonObject> for Value {
    fn into_field(self) -> Given<T> {
        from_input(&self)
    }
}

impl<T: Union + Json + Default> IntoField<T, form::JsonUnion> for Value {
    fn into_field(self) -> Given<T> {
        from_input(&self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, F, U: IntoField<T, F>> IntoOptional<T, form::Itself<F>> for U {
    #[inline]
    fn into_optional(self) -> Given<Option<T>> {
        self.into_field().map(Some)
    }
}

#[diagnostic::do_not_recommend]
impl<T, F, U: IntoField<T, F>> IntoOptional<T, form::Maybe<F>> for Option<U> {
    #[inline]
    fn into_optional(self) -> Given<Option<T>> {
        self.map(U::into_field).transpose()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T, F, U> IntoOptional<T, form::MaybeBorrowed<F>> for &'a Option<U>
where
    &'a U: IntoField<T, F>,
{
    fn into_optional(self) -> Given<Option<T>> {
        self.as_ref().map(IntoField::into_field).transpose()
    }
}
