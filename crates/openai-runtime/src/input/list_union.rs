//! Unions that have a list as one of their forms: the content of a message, the input of a response.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Given, IntoField, IntoList, form};
use crate::json::{InputError, Object, Union, Value};

/// A union with a form for a list.
pub trait ListUnion: Union {
    /// An item of the list.
    type Item;

    /// Returns the union that holds a list.
    fn from_list(items: Vec<Self::Item>) -> Self;
}

macro_rules! lists {
    ($([$($parameter:tt)*] $list:ty as $item:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'a, T: ListUnion, F, U, $($parameter)*> IntoField<T, form::ListForm<F>> for &'a $list
        where
            &'a U: IntoField<T::Item, F>,
        {
            fn into_field(self) -> Given<T> {
                IntoList::into_list(self).map(T::from_list)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<'a, T: ListUnion, F, U: ?Sized, $($parameter)*> IntoField<T, form::ListOfBorrowed<F>> for $item
        where
            &'a U: IntoField<T::Item, F>,
        {
            fn into_field(self) -> Given<T> {
                IntoList::<T::Item, _>::into_list(self.into_iter()).map(T::from_list)
            }
        }
    )*};
}

lists! {
    [const N: usize] [U; N] as [&'a U; N];
    [] Vec<U> as Vec<&'a U>;
}

#[diagnostic::do_not_recommend]
impl<'a, T: ListUnion, F, U> IntoField<T, form::ListForm<F>> for &'a [U]
where
    &'a U: IntoField<T::Item, F>,
{
    fn into_field(self) -> Given<T> {
        IntoList::into_list(self).map(T::from_list)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ListUnion, F, I: Iterator<Item: IntoField<T::Item, F>>> IntoField<T, form::Iter<F>> for I {
    fn into_field(self) -> Given<T> {
        IntoList::into_list(self).map(T::from_list)
    }
}

macro_rules! owned {
    ($([$($parameter:tt)*] $objects:ty, $values:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: ListUnion<Item: Union>, F, U: Object + IntoField<T::Item, F>, $($parameter)*>
            IntoField<T, form::ListOfObjects<F>> for $objects
        {
            fn into_field(self) -> Given<T> {
                IntoList::into_list(self.into_iter()).map(T::from_list)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<T: ListUnion, F, $($parameter)*> IntoField<T, form::ListOfJson<F>> for $values
        where
            Value: IntoField<T::Item, F>,
        {
            fn into_field(self) -> Given<T> {
                IntoList::into_list(self.into_iter()).map(T::from_list)
            }
        }
    )*};
}

owned! {
    [const N: usize] [U; N], [Value; N];
    [] Vec<U>, Vec<Value>;
}

macro_rules! tuples {
    ($(($($item:ident $form:ident),*))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: ListUnion<Item: Union>, $($item: IntoField<T::Item, $form>, $form),*>
            IntoField<T, form::Tuple<($($form,)*)>> for ($($item,)*)
        {
            fn into_field(self) -> Given<T> {
                IntoList::into_list(self).map(T::from_list)
            }
        }
    )*};
}

tuples! {
    (A FA, B FB)
    (A FA, B FB, C FC)
    (A FA, B FB, C FC, D FD)
    (A FA, B FB, C FC, D FD, E FE)
    (A FA, B FB, C FC, D FD, E FE, G FG)
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl<T: Union + From<Vec<i64>>, const N: usize> IntoField<T, form::ListOfIntegers> for [$integer; N] {
            fn into_field(self) -> Given<T> {
                integers(self.into_iter())
            }
        }
        impl<T: Union + From<Vec<i64>>> IntoField<T, form::ListOfIntegers> for Vec<$integer> {
            fn into_field(self) -> Given<T> {
                integers(self.into_iter())
            }
        }
    )*};
}

integers!(i16 u16 i32 u32 u64 usize);

fn integers<T: From<Vec<i64>>, N: TryInto<i64>>(items: impl Iterator<Item = N>) -> Given<T> {
    let item = |(index, item): (usize, N)| {
        let fits = item.try_into();
        fits.map_err(|_| InputError::new("the integer is out of the range of 64-bit integers").in_index(index))
    };
    let list: Vec<i64> = items.enumerate().map(item).collect::<Given<_>>()?;
    Ok(list.into())
}

macro_rules! strings {
    ($($string:ty)*) => {$(
        impl<T: Union + From<Vec<String>>, const N: usize> IntoField<T, form::ListOfStrings> for [$string; N] {
            fn into_field(self) -> Given<T> {
                Ok(self.iter().map(ToString::to_string).collect::<Vec<_>>().into())
            }
        }
        impl<T: Union + From<Vec<String>>> IntoField<T, form::ListOfStrings> for Vec<$string> {
            fn into_field(self) -> Given<T> {
                Ok(self.iter().map(ToString::to_string).collect::<Vec<_>>().into())
            }
        }
    )*};
}

strings!(Cow<'_, str> Box<str> Arc<str> char);
