//! Attributes: what each is called, may hold, and is told of in `/Schemas`.

use serde_json::{Map, Value, json};

/// What an attribute holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    Boolean,
    /// A URI, of these kinds of things.
    Reference(&'static [&'static str]),
    Complex(&'static [Attribute]),
}

/// One attribute.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of RFC 7643 §7"
)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) many: bool,
    pub(super) required: bool,
    description: &'static str,
    exact: bool,
    unique: bool,
    immutable: bool,
    canonical: &'static [&'static str],
}

impl Attribute {
    const fn new(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self {
            name,
            kind,
            many: false,
            required: false,
            description,
            exact: false,
            unique: false,
            immutable: false,
            canonical: &[],
        }
    }

    pub(super) const fn text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::Text, description)
    }

    pub(super) const fn boolean(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::Boolean, description)
    }

    pub(super) const fn reference(
        name: &'static str,
        to: &'static [&'static str],
        description: &'static str,
    ) -> Self {
        Self::new(name, Kind::Reference(to), description).exact()
    }

    pub(super) const fn complex(
        name: &'static str,
        parts: &'static [Self],
        description: &'static str,
    ) -> Self {
        Self::new(name, Kind::Complex(parts), description)
    }

    pub(super) const fn many(mut self) -> Self {
        self.many = true;
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn exact(mut self) -> Self {
        self.exact = true;
        self
    }

    pub(super) const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    pub(super) const fn immutable(mut self) -> Self {
        self.immutable = true;
        self
    }

    pub(super) const fn one_of(mut self, canonical: &'static [&'static str]) -> Self {
        self.canonical = canonical;
        self
    }

    /// Its parts, if it is complex.
    pub(super) fn parts(&self) -> &'static [Self] {
        match self.kind {
            Kind::Complex(parts) => parts,
            _ => &[],
        }
    }

    /// As `/Schemas` tells of it (RFC 7643 §7).
    pub(super) fn described(&self) -> Value {
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| drop(told.insert(name.to_owned(), value));
        tell("name", self.name.into());
        tell("description", self.description.into());
        tell("multiValued", self.many.into());
        tell("required", self.required.into());
        let mutability = if self.immutable {
            "immutable"
        } else {
            "readWrite"
        };
        tell("mutability", mutability.into());
        tell("returned", "default".into());
        match self.kind {
            Kind::Text => tell("type", "string".into()),
            Kind::Boolean => tell("type", "boolean".into()),
            Kind::Reference(to) => {
                tell("type", "reference".into());
                tell("referenceTypes", json!(to));
            }
            Kind::Complex(parts) => {
                tell("type", "complex".into());
                let parts: Vec<Value> = parts.iter().map(Self::described).collect();
                tell("subAttributes", parts.into());
            }
        }
        if !matches!(self.kind, Kind::Boolean | Kind::Complex(_)) {
            tell("caseExact", self.exact.into());
            let uniqueness = if self.unique { "server" } else { "none" };
            tell("uniqueness", uniqueness.into());
        }
        if !self.canonical.is_empty() {
            tell("canonicalValues", json!(self.canonical));
        }
        Value::Object(told)
    }
}

/// The attribute of that name, in any case (RFC 7643 §2.1).
pub(super) fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
