//! What one annotator says about one task: answers to controls, spans among them.

use super::id::RegionId;
use super::text::CodePoint;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The answer to one control, of the task or, where `region` is set, of one region. Stored form: the keys `control`,
/// `region` where set, and exactly one of the keys of [`Value`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// Name of the control.
    pub control: String,
    /// The region it is about, for a control asked of each region.
    pub region: Option<RegionId>,
    /// The value.
    pub value: Value,
}

/// The stored form of [`Answer`]. Written out rather than flattened: flattening buffers every answer and costs the
/// browser a second copy of the code that reads it.
#[derive(Default, Serialize, Deserialize)]
struct Stored {
    control: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<RegionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taxonomy: Option<Vec<Vec<String>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<OneOrMany>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rating: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spans: Option<Vec<Span>>,
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut stored = Stored { control: self.control.clone(), region: self.region.clone(), ..Stored::default() };
        match self.value.clone() {
            Value::Choices(v) => stored.choices = Some(v),
            Value::Taxonomy(v) => stored.taxonomy = Some(v),
            Value::Text(v) => stored.text = Some(OneOrMany(v)),
            Value::Rating(v) => stored.rating = Some(v),
            Value::Spans(v) => stored.spans = Some(v),
        }
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { control, region, choices, taxonomy, text, rating, spans } = Stored::deserialize(deserializer)?;
        let mut values = [
            choices.map(Value::Choices),
            taxonomy.map(Value::Taxonomy),
            text.map(|t| Value::Text(t.0)),
            rating.map(Value::Rating),
            spans.map(Value::Spans),
        ]
        .into_iter()
        .flatten();
        match (values.next(), values.next()) {
            (Some(value), None) => Ok(Self { control, region, value }),
            _ => Err(serde::de::Error::custom("an answer has exactly one value")),
        }
    }
}

/// The value of an answer. In stored form exactly one of these keys stands beside `control`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Chosen values, in the order of the configuration.
    Choices(Vec<String>),
    /// Chosen paths, each from root to node.
    Taxonomy(Vec<Vec<String>>),
    /// Typed texts. One text is stored as a string, several as a list.
    Text(Vec<String>),
    /// A rating from 1.
    Rating(u32),
    /// Labeled spans.
    Spans(Vec<Span>),
}

impl Value {
    /// Nothing was answered.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Choices(v) => v.is_empty(),
            Self::Taxonomy(v) => v.is_empty(),
            Self::Text(v) => v.iter().all(String::is_empty),
            Self::Rating(_) => false,
            Self::Spans(v) => v.is_empty(),
        }
    }
}

/// A labeled span of a field. Offsets count Unicode code points of the released (covered) text, end exclusive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First code point.
    pub start: CodePoint,
    /// One past the last code point; greater than `start`.
    pub end: CodePoint,
    /// Its labels, at least one.
    pub labels: Vec<String>,
    /// Its name within this annotation, where anything refers to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RegionId>,
    /// The field it lies in; absent where the control has one field only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// Texts that are stored as a string where there is one, as a list where there are none or several.
struct OneOrMany(Vec<String>);

impl Serialize for OneOrMany {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_str(one),
            many => many.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = OneOrMany;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }
            fn visit_str<E>(self, text: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany(vec![text.to_owned()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMany, A::Error> {
                let mut texts = vec![];
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(OneOrMany(texts))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_form() {
        let stored = r#"[{"control":"ner","spans":[{"start":0,"end":4,"labels":["PER"]}]},{"control":"why","text":"é"},{"control":"t","region":"r1","text":["a","b"]},{"control":"stars","rating":4},{"control":"topic","taxonomy":[["a","b"]]}]"#;
        let answers: Vec<Answer> = serde_json::from_str(stored).unwrap();
        assert_eq!(answers.len(), 5);
        assert_eq!(answers[1].value, Value::Text(vec!["é".into()]));
        assert_eq!(serde_json::to_string(&answers).unwrap(), stored);
    }
}
