//! What one annotator says about one task: answers to controls, spans among them.

use super::id::RegionId;
use super::text::CodePoint;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The answer to one control, of the task or, where `region` is set, of one region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Answer {
    /// Name of the control.
    pub control: String,
    /// The region it is about, for a control asked of each region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionId>,
    /// The value.
    #[serde(flatten)]
    pub value: Value,
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
    #[serde(serialize_with = "one_or_many", deserialize_with = "from_one_or_many")]
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

fn one_or_many<S: Serializer>(texts: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match texts {
        [one] => serializer.serialize_str(one),
        many => many.serialize(serializer),
    }
}

fn from_one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) => texts,
    })
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
