//! Unions that hold a file, or a list of files.

/// Makes a union that holds a file, or files, of whatever stands for one, as a path.
#[doc(hidden)]
#[macro_export]
macro_rules! file_union {
    ($name:ident $(, $list:ident)?) => {
        $crate::file_union!($name: [] &str, [] String, [] &String, [] &::std::path::Path, [] ::std::path::PathBuf, [] Vec<u8>,
            [] $crate::bytes::Bytes, [] &$crate::InputFile, [N: Into<String>, B: $crate::FileContent] (N, B),
            [N: Into<String>, B: $crate::FileContent, T: Into<String>] (N, B, T));
        $($crate::file_union!($name $list; [] String, [] ::std::path::PathBuf,
            [A: Into<String>, B: $crate::FileContent] (A, B),
            [A: Into<String>, B: $crate::FileContent, T: Into<String>] (A, B, T));)?
    };
    ($name:ident: $([$($parameter:tt)*] $file:ty),*) => {$(
        impl<$($parameter)*> From<$file> for $name {
            fn from(file: $file) -> Self { $crate::InputFile::from(file).into() }
        }
    )*};
    ($name:ident $list:ident; $([$($parameter:tt)*] $file:ty),*) => {$(
        impl<$($parameter)*> From<Vec<$file>> for $name {
            fn from(files: Vec<$file>) -> Self { Self::$list(files.into_iter().map(Into::into).collect()) }
        }
        impl<const N: usize, $($parameter)*> From<[$file; N]> for $name {
            fn from(files: [$file; N]) -> Self { Self::$list(files.into_iter().map(Into::into).collect()) }
        }
    )*};
}
