//! Import: upstream document to normalised facts document.
