//! The differences as text: one name a line, grouped by area.

use std::fmt;

use super::{News, NewsKind};

impl NewsKind {
    fn label(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Renamed => "renamed",
            Self::Operation => "new operation",
            Self::Webhook => "new webhook",
            Self::Type => "new type",
            Self::Form => "new form",
            Self::Value => "new value",
        }
    }
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut area = None;
        for item in &self.items {
            if area != Some(&item.area) {
                writeln!(f, "{}{}", if area.is_some() { "\n" } else { "" }, named(&item.area))?;
                area = Some(&item.area);
            }
            // The names of webhooks stand apart from those of operations in names.lock only.
            let name = item.name.strip_prefix("webhook ").unwrap_or(&item.name);
            let detail = match item.kind {
                _ if item.detail.is_empty() || item.detail == item.name => String::new(),
                NewsKind::Renamed => format!(" -> {}", item.detail),
                _ => format!("  ({})", item.detail),
            };
            writeln!(f, "  {:13}  {name}{detail}", item.kind.label())?;
        }
        Ok(())
    }
}

fn named(area: &str) -> &str {
    if area.is_empty() { "area unknown" } else { area }
}
