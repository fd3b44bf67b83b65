//! One task in JSON made into a [`SourceTask`]: decoded, its texts checked against the configuration, its answers read.

use super::label_studio::Reader;
use super::{ImportError, Limits, SourceTask, lines, text};
use crate::domain::complaint::Complaints;
use crate::labeling::Config;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Where tasks arrive.
pub(super) struct Sink {
    pub limits: Limits,
    pub complaints: Complaints,
    pub tasks: Vec<SourceTask>,
    /// Tasks read, taken or not.
    pub read: usize,
    reader: Reader,
    /// Data keys that reach the screen.
    keys: Vec<String>,
    /// Where each identifier was first seen.
    ids: HashMap<String, String>,
    /// A task of our own lines, which the next line may add to.
    open: Option<(String, SourceTask)>,
}

impl Sink {
    pub fn new(config: &Config, limits: Limits) -> Self {
        let keys = config.shown_keys().into_iter().map(str::to_owned).collect();
        Self {
            limits,
            complaints: Complaints::default(),
            tasks: Vec::new(),
            read: 0,
            reader: Reader::new(&config.schema),
            keys,
            ids: HashMap::new(),
            open: None,
        }
    }

    /// One task as the bytes of a JSON value.
    pub fn json(&mut self, place: String, index: u64, bytes: &[u8]) -> Result<(), ImportError> {
        let (decoded, broken) = text::decode(bytes);
        if broken > 0 {
            self.complaints.push(place.clone(), "bytes that are not utf-8 are replaced by U+FFFD");
        }
        let (mended, lone) = text::mend_surrogates(&decoded);
        if lone > 0 {
            self.complaints.push(place.clone(), "half surrogate pairs are replaced by U+FFFD");
        }
        // parsed one by one and with bounded depth, so the parser's own recursion is bounded too
        match serde_json::from_str(&mended) {
            Err(error) => {
                let what = if error.is_eof() { "ends too early; left out" } else { "is no JSON; left out" };
                self.complaints.push(format!("{place}, column {}", error.column()), what);
                Ok(())
            }
            Ok(Value::Object(map)) => self.object(place, index, map),
            Ok(_) => {
                self.complaints.push(place, "is no object; left out");
                Ok(())
            }
        }
    }

    fn object(&mut self, place: String, index: u64, mut map: Map<String, Value>) -> Result<(), ImportError> {
        if map.contains_key(lines::MARK) {
            return self.own_line(place, index, map);
        }
        let id = map.get("id").and_then(scalar);
        let answered = map.contains_key("annotations") || map.contains_key("predictions");
        let data = match map.get_mut("data") {
            Some(Value::Object(data)) => std::mem::take(data),
            Some(_) if answered => {
                self.complaints.push(place, "its data is no object; left out");
                return Ok(());
            }
            _ => return self.bare(place, index, map),
        };
        let mut task = SourceTask { source_index: index, source_id: id, data, ..SourceTask::default() };
        match map.remove("meta") {
            Some(Value::Object(meta)) => task.meta = meta,
            None | Some(Value::Null) => {}
            Some(_) => self.complaints.push(place.clone(), "its meta is no object; left out"),
        }
        if !self.texts(&place, &mut task.data) {
            return Ok(());
        }
        self.reader.answers(&place, &mut map, &mut task, &mut self.complaints);
        self.keep(place, task)
    }

    /// A task that is data and nothing else.
    pub fn bare(&mut self, place: String, index: u64, data: Map<String, Value>) -> Result<(), ImportError> {
        let id = data.get("id").and_then(scalar);
        let mut task = SourceTask { source_index: index, source_id: id, data, ..SourceTask::default() };
        if self.texts(&place, &mut task.data) { self.keep(place, task) } else { Ok(()) }
    }

    /// A line of our own form: an annotation of the task of the line before, or of a new one.
    fn own_line(&mut self, place: String, index: u64, map: Map<String, Value>) -> Result<(), ImportError> {
        let Some((id, mut task)) = lines::source_task(map, index) else {
            self.complaints.push(place, "is no line of a form this version reads; left out");
            return Ok(());
        };
        if let Some((open, earlier)) = &mut self.open
            && *open == id
        {
            earlier.annotations.append(&mut task.annotations);
            return Ok(());
        }
        self.flush()?;
        if self.texts(&place, &mut task.data) {
            self.note_id(&place, &id);
            self.open = Some((id, task));
        }
        Ok(())
    }

    /// The last line of a task has come.
    pub fn flush(&mut self) -> Result<(), ImportError> {
        match self.open.take() {
            Some((_, task)) => self.count(task),
            None => Ok(()),
        }
    }

    fn keep(&mut self, place: String, task: SourceTask) -> Result<(), ImportError> {
        if let Some(id) = &task.source_id {
            let id = id.clone();
            self.note_id(&place, &id);
        }
        self.count(task)
    }

    fn note_id(&mut self, place: &str, id: &str) {
        match self.ids.get(id) {
            Some(first) => {
                let place = format!("{place}, id as {first}");
                self.complaints.push(place, "the same id as an earlier task; kept as a task of its own");
            }
            None => {
                self.ids.insert(id.to_owned(), place.to_owned());
            }
        }
    }

    fn count(&mut self, task: SourceTask) -> Result<(), ImportError> {
        if self.read >= self.limits.tasks {
            return Err(ImportError::TooManyTasks { limit: self.limits.tasks });
        }
        self.read += 1;
        self.tasks.push(task);
        Ok(())
    }

    /// Makes text of whatever the configuration shows. `false`: the task is left out.
    fn texts(&mut self, place: &str, data: &mut Map<String, Value>) -> bool {
        let Self { complaints, limits, keys, .. } = self;
        let limit = limits.text_bytes;
        if data.values().any(|value| value.as_str().is_some_and(|text| text.len() > limit)) {
            complaints.push(place, format!("a text is longer than {limit} bytes; the task is left out"));
            return false;
        }
        let long: Vec<String> = data.keys().filter(|k| k.chars().count() > limits.name_chars).cloned().collect();
        for key in long {
            data.remove(&key);
            complaints.push(place, "the name of a data key is too long; left out");
        }
        let mut shown = keys.is_empty();
        for key in keys.iter() {
            match data.get_mut(key) {
                Some(Value::String(_)) => shown = true,
                Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                    *value = Value::String(value.to_string());
                    complaints.push(place, format!("{key} is no text; taken as it is written"));
                    shown = true;
                }
                None | Some(Value::Null) => {
                    data.remove(key);
                    complaints.push(place, format!("lacks {key}, which the configuration shows"));
                }
                Some(Value::Array(_) | Value::Object(_)) => {
                    data.remove(key);
                    complaints.push(place, format!("{key} is no text; left out"));
                }
            }
        }
        if !shown {
            complaints.push(place, "has nothing that the configuration shows; the task is left out");
        }
        shown
    }
}

/// A number or a text as text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
