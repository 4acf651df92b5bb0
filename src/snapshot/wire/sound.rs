//! A look at every number of what was read: a serializer that writes nothing.

use std::fmt::{self, Display};

use serde::ser::{self, Serialize};

/// The largest number that is believed: of nanoseconds two years, of seconds since 1970 more than a Unix clock will see. Those
/// of a hundred snapshots can be added up.
const LARGEST: u64 = 1 << 56;

/// The largest in what is added up by the row: of seconds two thousand years. Those of [`super::MOST_ROWS`] rows of a thousand
/// snapshots can be added up.
const LARGEST_OF_MANY: u64 = 1 << 36;

/// Says what is wrong with a value.
///
/// # Errors
/// A number is too large, or is none.
pub(super) fn check(value: &impl Serialize) -> Result<(), Unsound> {
    value.serialize(Look { largest: LARGEST })
}

/// What is wrong.
#[derive(Debug)]
pub(super) struct Unsound(String);

impl Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsound {}

impl ser::Error for Unsound {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Looks at what it is given.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// The largest number that is believed here.
    largest: u64,
}

/// Implements what is the same for values of many kinds.
macro_rules! methods {
    (number: $($name:ident $kind:ty),*) => {
        $(fn $name(self, value: $kind) -> Result<(), Unsound> {
            if u128::try_from(value).is_ok_and(|value| value <= u128::from(self.largest)) { Ok(()) } else { Err(too_large(value)) }
        })*
    };
    (harmless: $($name:ident $kind:ty),*) => {
        $(fn $name(self, _: $kind) -> Result<(), Unsound> {
            Ok(())
        })*
    };
}

/// Implements what holds other values.
macro_rules! compound {
    ($($of:ident $method:ident $(($key:ty))?),*) => {
        $(impl ser::$of for Look {
            type Ok = ();
            type Error = Unsound;

            fn $method<T: ?Sized + Serialize>(&mut self, $(_: $key,)? value: &T) -> Result<(), Unsound> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Unsound> {
                Ok(())
            }
        })*
    };
}

fn too_large(value: impl Display) -> Unsound {
    Unsound(format!("the number {value} is too large"))
}

impl ser::Serializer for Look {
    type Ok = ();
    type Error = Unsound;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = ser::Impossible<(), Unsound>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    methods!(number: serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_u8 u8,
        serialize_u16 u16, serialize_u32 u32, serialize_u64 u64);
    methods!(harmless: serialize_bool bool, serialize_char char, serialize_str &str, serialize_bytes &[u8],
        serialize_unit_struct &'static str);

    /// Sums of nanoseconds over many tasks.
    fn serialize_u128(self, value: u128) -> Result<(), Unsound> {
        if value <= u128::from(LARGEST) << 48 { Ok(()) } else { Err(too_large(value)) }
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unsound> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Unsound> {
        if value.is_finite() { Ok(()) } else { Err(Unsound(format!("{value} is no number"))) }
    }

    fn serialize_none(self) -> Result<(), Unsound> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Unsound> {
        Ok(())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Unsound> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Unsound> {
        Ok(())
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), Unsound> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unsound> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Unsound> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Unsound> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Unsound> {
        Ok(self)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self, Unsound> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Unsound> {
        Err(Unsound("a table, and a snapshot has none".to_owned()))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self, Unsound> {
        match name {
            "Duration" | "TimelineRow" => Ok(Self { largest: LARGEST_OF_MANY }),
            _ => Ok(self),
        }
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self, Unsound> {
        Ok(self)
    }
}

compound!(SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field, SerializeStruct serialize_field (&'static str),
    SerializeStructVariant serialize_field (&'static str));
