//! JSON in which a name may stand twice. `serde_json` takes the last value then;
//! whoever looked at the first one would have seen something else.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// So many names are told at most.
const MOST: usize = 100;

/// Reads a JSON text: its value, and the names that stand twice in an object of it.
pub(super) fn read(json: &str) -> serde_json::Result<(Value, Vec<String>)> {
    let twice = RefCell::default();
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = Whole(&twice).deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, twice.into_inner()))
}

/// A value, and where to tell which names stand twice in it.
#[derive(Clone, Copy)]
struct Whole<'a>(&'a RefCell<Vec<String>>);

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = from.next_element_seed(self)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = from.next_key::<String>()? {
            let value = from.next_value_seed(self)?;
            let mut twice = self.0.borrow_mut();
            if map.contains_key(&name) && twice.len() < MOST {
                twice.push(name.clone());
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_stand_twice_are_told_wherever_they_do() {
        for (json, expected) in [
            (r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#, &[][..]),
            (r#"{"a":1,"b":2,"a":1}"#, &["a"]),
            (r#"{"b":[{"c":{"\u0061":1,"a":null}}],"b":0}"#, &["a", "b"]),
        ] {
            assert_eq!(read(json).unwrap().1, expected, "{json}");
        }
    }

    #[test]
    fn all_else_is_what_serde_json_reads() {
        let json = r#" {"a":[null,true,-3,18446744073709551615,1.5,1e300,"\u00e4\n"],"b":{}} "#;
        assert_eq!(read(json).unwrap().0, serde_json::from_str::<Value>(json).unwrap());
        for bad in ["{\"a\":1}x", "{\"a\"", "", "{\"a\":1e999}"] {
            let told = read(bad).unwrap_err().to_string();
            assert_eq!(told, serde_json::from_str::<Value>(bad).unwrap_err().to_string(), "{bad}");
        }
    }
}
