use super::error::{ImportError, Problem};

/// Where in the document a step of the import is: a chain of tokens on the stack, written out only in errors.
#[derive(Clone, Copy)]
pub(super) struct Pointer<'a> {
    parent: Option<&'a Pointer<'a>>,
    token: Token<'a>,
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Pointer<'a> {
    pub(super) const ROOT: Pointer<'static> = Pointer { parent: None, token: Token::Root };

    pub(super) fn key(&'a self, key: &'a str) -> Pointer<'a> {
        Pointer { parent: Some(self), token: Token::Key(key) }
    }

    pub(super) fn index(&'a self, index: usize) -> Pointer<'a> {
        Pointer { parent: Some(self), token: Token::Index(index) }
    }

    pub(super) fn error(&self, problem: Problem) -> ImportError {
        ImportError::new(self.text(), problem)
    }

    /// The component schema this place is in, if it is in one.
    pub(super) fn schema_component(&self) -> Option<&'a str> {
        match self.tokens().as_slice() {
            [Token::Key("components"), Token::Key("schemas"), Token::Key(name), ..] => Some(name),
            _ => None,
        }
    }

    /// The pointer as RFC 6901 writes it.
    pub(super) fn text(&self) -> String {
        let tokens = self.tokens();
        let text = tokens.iter().map(|token| match token {
            Token::Root => String::new(),
            Token::Key(key) => format!("/{}", escape(key)),
            Token::Index(index) => format!("/{index}"),
        });
        text.collect()
    }

    fn tokens(&self) -> Vec<Token<'a>> {
        let mut tokens = Vec::new();
        let mut at = Some(self);
        while let Some(pointer) = at {
            if !matches!(pointer.token, Token::Root) {
                tokens.push(pointer.token);
            }
            at = pointer.parent;
        }
        tokens.reverse();
        tokens
    }
}

/// A token as RFC 6901 writes it.
pub(super) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// The token that RFC 6901 wrote so.
pub(super) fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}
