//! The forms of values, which tell the implementations of the conversion traits apart. Callers never name them.

use std::marker::PhantomData;

/// A value that `Into` converts.
pub enum ByInto {}

/// An integer that may exceed 64 bits.
pub enum Wide {}

/// A borrowed integer.
pub enum BorrowedInteger {}

/// A borrowed object, which is cloned.
pub enum BorrowedObject {}

/// A borrowed union, which is cloned.
pub enum BorrowedUnion {}

/// A borrowed enum, which is cloned.
pub enum BorrowedEnum {}

/// A boxed value, as large optional fields are.
pub enum Boxed {}

/// A borrowed box, whose value is cloned.
pub enum BorrowedBox {}

/// A string behind one more reference.
pub enum BorrowedString {}

/// JSON that is read as an object.
pub enum JsonObject {}

/// JSON that is read as a union.
pub enum JsonUnion {}

/// JSON that is read as a list or a map.
pub enum JsonList {}

/// The value itself, where an `Option` may stand.
pub struct Itself<F>(PhantomData<F>);

/// An `Option` of the value.
pub struct Maybe<F>(PhantomData<F>);

/// A borrowed `Option` of the value.
pub struct MaybeBorrowed<F>(PhantomData<F>);

/// A collection.
pub struct Each<F>(PhantomData<F>);

/// A borrowed collection.
pub struct EachBorrowed<F>(PhantomData<F>);

/// An iterator.
pub struct Iter<F>(PhantomData<F>);

/// One item in place of a list.
pub struct Single<F>(PhantomData<F>);

/// A tuple of items of different types.
pub struct Tuple<F>(PhantomData<F>);

/// Pairs of keys and values.
pub struct Pairs<F>(PhantomData<F>);

/// Borrowed pairs of keys and values.
pub struct PairsBorrowed<F>(PhantomData<F>);

/// A list where a union has one form for it.
pub struct ListForm<F>(PhantomData<F>);

/// A collection of references where a union has one form for a list.
pub struct ListOfBorrowed<F>(PhantomData<F>);

/// A collection of objects where a union has one form for a list of unions.
pub struct ListOfObjects<F>(PhantomData<F>);

/// A collection of JSON values where a union has one form for a list.
pub struct ListOfJson<F>(PhantomData<F>);

/// A collection of integers where a union has one form for a list of integers.
pub enum ListOfIntegers {}

/// A collection of strings of another type where a union has one form for a list of strings.
pub enum ListOfStrings {}
