//! The files that an upload of many takes.

use std::collections::{BTreeSet, HashSet, VecDeque};

use crate::InputFile;

/// Files for an upload of many: an array, a `Vec`, a slice, a set or an iterator of whatever stands for a file, or one file.
/// The second parameter is inferred.
///
/// Paths, `InputFile`s and `(name, bytes)` stand for files. An iterator is asked for a file when its turn comes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of files",
    label = "expected an array, a `Vec`, a slice or an iterator of paths, `InputFile`s or `(name, bytes)` pairs",
    note = "files of different types become `InputFile`s: `[InputFile::from(\"a.pdf\"), InputFile::from((\"b.txt\", bytes))]`",
    note = "an iterator has to be `Send + 'static`: collect one that borrows into a `Vec`"
)]
pub trait IntoFiles<Form> {
    /// Returns the files, one after the other.
    fn into_files(self) -> InputFiles;
}

/// Files, one after the other.
pub type InputFiles = Box<dyn Iterator<Item = InputFile> + Send>;

/// The forms of files, which tell the implementations apart.
mod form {
    /// A collection by value.
    pub enum Owned {}
    /// A collection by reference, of which each file is cloned.
    pub enum Borrowed {}
    /// An iterator.
    pub enum Iter {}
    /// One file.
    pub enum Single {}
}

#[diagnostic::do_not_recommend]
impl<F: Into<InputFile> + 'static, I: Iterator<Item = F> + Send + 'static> IntoFiles<form::Iter> for I {
    fn into_files(self) -> InputFiles {
        Box::new(self.map(Into::into))
    }
}

#[diagnostic::do_not_recommend]
impl<F: Into<InputFile>> IntoFiles<form::Single> for F {
    fn into_files(self) -> InputFiles {
        Box::new(std::iter::once(self.into()))
    }
}

fn collected(files: impl Iterator<Item = impl Into<InputFile>>) -> InputFiles {
    Box::new(files.map(Into::into).collect::<Vec<_>>().into_iter())
}

macro_rules! collections {
    ($([$($parameter:tt)*] $collection:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<F: Into<InputFile>, $($parameter)*> IntoFiles<form::Owned> for $collection {
            #[inline]
            fn into_files(self) -> InputFiles {
                collected(self.into_iter())
            }
        }
        #[diagnostic::do_not_recommend]
        impl<F: Clone + Into<InputFile>, $($parameter)*> IntoFiles<form::Borrowed> for &$collection {
            #[inline]
            fn into_files(self) -> InputFiles {
                collected(self.iter().cloned())
            }
        }
    )*};
}

collections! {
    [const N: usize] [F; N];
    [] Vec<F>;
    [] VecDeque<F>;
    [] BTreeSet<F>;
    [S] HashSet<F, S>;
}

#[diagnostic::do_not_recommend]
impl<F: Clone + Into<InputFile>> IntoFiles<form::Borrowed> for &[F] {
    fn into_files(self) -> InputFiles {
        collected(self.iter().cloned())
    }
}
