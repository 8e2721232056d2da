//! Request and response types with their rule tables. AWS's names appear here and nowhere else.

pub mod classification;
pub mod classifiers;
pub mod common;
pub mod datasets;
pub mod document;
pub mod endpoints;
pub mod entities;
pub mod flywheels;
pub mod job;
pub mod medical;
pub mod pii;
pub mod policies;
pub mod recognizers;
pub mod resource;
pub mod tags;
pub mod text;

/// An enum of the service model: variants, their names on the wire, serde.
macro_rules! string_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$variant_meta])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// In the model's order.
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            /// The names on the wire, in the model's order.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use string_enum;
