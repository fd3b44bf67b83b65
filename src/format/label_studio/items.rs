//! Result items made into answers, each checked against the schema; what does not fit is left out with a complaint.

use crate::domain::annotation::{Answer, Span, Value as Answered};
use crate::domain::complaint::Complaints;
use crate::domain::id::RegionId;
use crate::domain::schema::{Control, ControlKind, FieldSource, Schema, Taxon};
use crate::domain::text::{CodePoint, OffsetMap, Utf16, slice};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Characters of a region's id, at most.
const REGION_ID_CHARS: usize = 256;

/// A schema made fast to ask.
pub(super) struct Known {
    schema: Schema,
    /// Place of each control by name.
    controls: HashMap<String, usize>,
    /// By control: place of each value of a flat list.
    values: Vec<HashMap<String, usize>>,
    /// By control: each path of a tree, and whether it ends in a leaf.
    paths: Vec<HashMap<Vec<String>, bool>>,
}

impl Known {
    pub fn new(schema: &Schema) -> Self {
        let mut known = Self {
            schema: schema.clone(),
            controls: schema.controls.iter().enumerate().map(|(i, c)| (c.name.clone(), i)).collect(),
            values: Vec::new(),
            paths: Vec::new(),
        };
        for control in &schema.controls {
            let (mut values, mut paths) = (HashMap::new(), HashMap::new());
            match &control.kind {
                ControlKind::Choices { choices: options, .. } | ControlKind::Labels { labels: options, .. } => {
                    values = options.iter().enumerate().map(|(i, o)| (o.value.clone(), i)).collect();
                }
                ControlKind::Taxonomy { roots, .. } => collect_paths(roots, &mut Vec::new(), &mut paths),
                ControlKind::TextArea { .. } | ControlKind::Rating { .. } => {}
            }
            known.values.push(values);
            known.paths.push(paths);
        }
        known
    }
}

/// Recursion is bounded by the depth of the configuration.
fn collect_paths(taxons: &[Taxon], path: &mut Vec<String>, paths: &mut HashMap<Vec<String>, bool>) {
    for taxon in taxons {
        path.push(taxon.option.value.clone());
        paths.insert(path.clone(), taxon.children.is_empty());
        collect_paths(&taxon.children, path, paths);
        path.pop();
    }
}

/// What is needed to read the answers of one task.
pub(super) struct Context<'a> {
    known: &'a Known,
    data: &'a Map<String, Value>,
    /// Offsets of the texts met so far, by field.
    maps: HashMap<&'a str, OffsetMap>,
    pub complaints: &'a mut Complaints,
}

/// One item whose outside is in order.
struct Item<'a> {
    place: String,
    index: usize,
    control: &'a Control,
    to_name: &'a str,
    id: Option<&'a str>,
    value: &'a Map<String, Value>,
}

impl<'a> Context<'a> {
    pub fn new(known: &'a Known, data: &'a Map<String, Value>, complaints: &'a mut Complaints) -> Self {
        Self { known, data, maps: HashMap::new(), complaints }
    }

    /// The answers of one list of results, in the order of the controls, regions in the order of the list.
    pub fn answers(&mut self, place: &str, result: &'a [Value]) -> Vec<Answer> {
        let items: Vec<Item<'a>> =
            result.iter().enumerate().filter_map(|(i, v)| self.item(format!("{place}.result[{i}]"), v)).collect();
        let mut spans: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
        let mut named: BTreeSet<(usize, RegionId)> = BTreeSet::new();
        for item in items.iter().filter(|i| matches!(i.control.kind, ControlKind::Labels { .. })) {
            let Some(mut span) = self.span(item) else { continue };
            if span.id.as_ref().is_some_and(|id| !named.insert((item.index, id.clone()))) {
                self.complaints
                    .push(item.place.clone(), "a region of the same id as an earlier one; kept without its id");
                span.id = None;
            }
            spans.entry(item.index).or_default().push(span);
        }
        let regions: BTreeSet<RegionId> = spans.values().flatten().filter_map(|s| s.id.clone()).collect();
        let mut others: BTreeMap<(usize, Option<RegionId>), Answered> = BTreeMap::new();
        for item in items.iter().filter(|i| !matches!(i.control.kind, ControlKind::Labels { .. })) {
            let region = item.control.per_region.then(|| RegionId(item.id.unwrap_or_default().to_owned()));
            if region.as_ref().is_some_and(|r| !regions.contains(r)) {
                self.complaints.push(item.place.clone(), "belongs to a region that is not there; left out");
                continue;
            }
            let Some(value) = self.value(item).filter(|v| !v.is_empty()) else { continue };
            match (others.get_mut(&(item.index, region.clone())), value) {
                (None, value) => {
                    others.insert((item.index, region), value);
                }
                (Some(Answered::Text(texts)), Answered::Text(more)) => texts.extend(more),
                (Some(_), _) => self.complaints.push(item.place.clone(), "a second answer to one control; left out"),
            }
        }
        let mut answers: Vec<(usize, Answer)> = Vec::new();
        let name = |index: &usize| self.known.schema.controls.get(*index).map(|c| c.name.clone()).unwrap_or_default();
        for (index, spans) in spans {
            answers.push((index, Answer { control: name(&index), region: None, value: Answered::Spans(spans) }));
        }
        for ((index, region), value) in others {
            answers.push((index, Answer { control: name(&index), region, value }));
        }
        answers.sort_by_key(|(index, _)| *index);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// The outside of an item: names that are known and a value of the right kind.
    fn item(&mut self, place: String, value: &'a Value) -> Option<Item<'a>> {
        let read = self.outside(value);
        let (index, control, map) = match read {
            Ok(read) => read,
            Err(what) => {
                self.complaints.push(place, what);
                return None;
            }
        };
        let text = |key: &str| map.get(key).and_then(Value::as_str);
        let has = |key: &str| map.get(key).is_some_and(|v| !v.is_null());
        for (key, what) in [
            ("meta", "notes on a region are left out"),
            ("parentID", "nesting of regions (parentID) is left out"),
            ("score", "scores of single results are left out"),
        ] {
            if has(key) {
                self.complaints.push(place.clone(), what);
            }
        }
        let id = text("id").filter(|id| id.chars().count() <= REGION_ID_CHARS);
        let value = map.get("value").and_then(Value::as_object)?;
        Some(Item { place, index, control, to_name: text("to_name").unwrap_or(""), id, value })
    }

    fn outside(&self, value: &'a Value) -> Result<(usize, &'a Control, &'a Map<String, Value>), &'static str> {
        let map = value.as_object().ok_or("is no object; left out")?;
        let kind = map.get("type").and_then(Value::as_str).ok_or("has no type; left out")?;
        if kind == "relation" {
            return Err("relations are left out");
        }
        let name = map.get("from_name").and_then(Value::as_str).ok_or("has no from_name; left out")?;
        let index = *self.known.controls.get(name).ok_or("answers a control that the configuration lacks; left out")?;
        let control = self.known.schema.controls.get(index).ok_or("answers no control; left out")?;
        if !kind.eq_ignore_ascii_case(type_name(&control.kind)) {
            return Err("its type is not that of its control; left out");
        }
        if !map.get("value").is_some_and(Value::is_object) {
            return Err("has no value; left out");
        }
        Ok((index, control, map))
    }

    fn value(&mut self, item: &Item<'a>) -> Option<Answered> {
        match &item.control.kind {
            ControlKind::Choices { multiple, .. } => self.choices(item, *multiple).map(Answered::Choices),
            ControlKind::Taxonomy { leaves_only, max_usages, .. } => {
                self.taxonomy(item, *leaves_only, *max_usages).map(Answered::Taxonomy)
            }
            ControlKind::TextArea { max_submissions, .. } => self.texts(item, *max_submissions).map(Answered::Text),
            ControlKind::Rating { max } => self.rating(item, *max).map(Answered::Rating),
            ControlKind::Labels { .. } => None,
        }
    }

    fn complain<T>(&mut self, item: &Item<'_>, what: &str) -> Option<T> {
        self.complaints.push(item.place.clone(), what);
        None
    }

    /// Known values, each once, in the order of the configuration.
    fn options(&mut self, item: &Item<'_>, key: &str) -> Option<Vec<String>> {
        let Some(list) = item.value.get(key).and_then(Value::as_array) else {
            return self.complain(item, "its value has no list; left out");
        };
        let known = self.known.values.get(item.index)?;
        let mut found: BTreeMap<usize, &str> = BTreeMap::new();
        let mut strange = false;
        for value in list {
            // a choice inside a choice is written as its path
            let value = value.as_array().and_then(|path| path.last()).unwrap_or(value);
            match value.as_str().and_then(|v| known.get_key_value(v)) {
                Some((value, place)) => {
                    found.insert(*place, value);
                }
                None => strange = true,
            }
        }
        let found = found.into_values().map(str::to_owned).collect();
        if strange {
            let _: Option<()> = self.complain(item, "names something that the configuration does not offer; left out");
        }
        Some(found)
    }

    fn choices(&mut self, item: &Item<'_>, multiple: bool) -> Option<Vec<String>> {
        let mut chosen = self.options(item, "choices")?;
        if !multiple && chosen.len() > 1 {
            let _: Option<()> = self.complain(item, "several choices where one is asked; the first is kept");
            chosen.truncate(1);
        }
        Some(chosen)
    }

    fn taxonomy(&mut self, item: &Item<'_>, leaves_only: bool, max: Option<u32>) -> Option<Vec<Vec<String>>> {
        let Some(list) = item.value.get("taxonomy").and_then(Value::as_array) else {
            return self.complain(item, "its value has no list; left out");
        };
        let known = self.known.paths.get(item.index)?;
        let mut paths: Vec<Vec<String>> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut strange = false;
        for value in list {
            let steps = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let path: Vec<String> = steps.iter().filter_map(|s| s.as_str().map(str::to_owned)).collect();
            let fits = path.len() == steps.len() && known.get(&path).is_some_and(|leaf| *leaf || !leaves_only);
            strange |= !fits;
            if fits && seen.insert(path.clone()) {
                paths.push(path);
            }
        }
        if strange {
            let _: Option<()> = self.complain(item, "names something that the configuration does not offer; left out");
        }
        let max = max.map_or(usize::MAX, |m| m as usize);
        if paths.len() > max {
            let _: Option<()> = self.complain(item, "more paths than are asked; the first are kept");
            paths.truncate(max);
        }
        Some(paths)
    }

    fn texts(&mut self, item: &Item<'_>, max: Option<u32>) -> Option<Vec<String>> {
        let mut texts: Vec<String> = match item.value.get("text") {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
                list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
            }
            _ => return self.complain(item, "its value has no text; left out"),
        };
        let max = max.map_or(usize::MAX, |m| m as usize);
        if texts.len() > max {
            let _: Option<()> = self.complain(item, "more texts than are asked; the first are kept");
            texts.truncate(max);
        }
        Some(texts)
    }

    fn rating(&mut self, item: &Item<'_>, max: u32) -> Option<u32> {
        let whole = item.value.get("rating").and_then(Value::as_f64).filter(|r| r.fract() == 0.0);
        match whole.filter(|r| (1.0..=f64::from(max)).contains(r)) {
            Some(rating) => Some(rating as u32),
            None => self.complain(item, "its rating is not on the scale; left out"),
        }
    }

    fn span(&mut self, item: &Item<'a>) -> Option<Span> {
        let mut labels = self.options(item, "labels")?;
        if labels.is_empty() {
            return self.complain(item, "a span without a label; left out");
        }
        if labels.len() > 1 && !matches!(item.control.kind, ControlKind::Labels { multiple: true, .. }) {
            let _: Option<()> = self.complain(item, "several labels where one is asked; the first is kept");
            labels.truncate(1);
        }
        let own = item.control.to_fields.iter().find(|f| *f == item.to_name);
        let field = match (own, item.control.to_fields.as_slice()) {
            (Some(field), _) => field,
            (None, [only]) => only,
            (None, _) => return self.complain(item, "its to_name is no text of its control; left out"),
        };
        let Some(text) = self.text(field) else {
            return self.complain(item, "a span of a text that the task lacks; left out");
        };
        let offset = |key: &str| {
            let value = item.value.get(key)?;
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
            (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number)).then_some(number as u32)
        };
        let (Some(start), Some(end)) = (offset("start"), offset("end")) else {
            return self.complain(item, "a span without start and end in characters; left out");
        };
        let map = self.maps.entry(field).or_insert_with(|| OffsetMap::new(text));
        let quoted = item.value.get("text").and_then(Value::as_str);
        let (at, what) = place_span(text, map, start, end, quoted);
        if let Some(what) = what {
            self.complaints.push(item.place.clone(), what);
        }
        let (start, end) = at?;
        let several = item.control.to_fields.len() > 1;
        Some(Span { start, end, labels, id: item.id.map(RegionId::from), field: several.then(|| field.clone()) })
    }

    fn text(&self, field: &str) -> Option<&'a str> {
        match &self.known.schema.field(field)?.source {
            FieldSource::Data(key) => self.data.get(key)?.as_str(),
            FieldSource::Literal(text) => Some(text),
        }
    }
}

/// Where a span lies. Offsets count code points; but some programs count UTF-16 units, which shows where the text they
/// quote stands there and not here.
fn place_span(
    text: &str,
    map: &OffsetMap,
    start: u32,
    end: u32,
    quoted: Option<&str>,
) -> (Option<(CodePoint, CodePoint)>, Option<&'static str>) {
    let (from, to) = (CodePoint(start), CodePoint(end));
    let fits = start < end && to <= map.len();
    let Some(quoted) = quoted.filter(|q| !q.is_empty()) else {
        let what = "a span is empty or ends past the text; left out";
        return if fits { (Some((from, to)), None) } else { (None, Some(what)) };
    };
    if fits && slice(text, map, from, to) == quoted {
        return (Some((from, to)), None);
    }
    let (from16, to16) = (map.from_utf16(text, Utf16(start)), map.from_utf16(text, Utf16(end)));
    if from16 < to16 && slice(text, map, from16, to16) == quoted {
        return (Some((from16, to16)), Some("a span counts in UTF-16 units; counted anew in characters"));
    }
    if fits {
        return (Some((from, to)), Some("the text quoted by a span is not the text at its place; its place is kept"));
    }
    (None, Some("a span is empty or ends past the text; left out"))
}

/// The `type` of results of a control.
pub(super) fn type_name(kind: &ControlKind) -> &'static str {
    match kind {
        ControlKind::Choices { .. } => "choices",
        ControlKind::Labels { .. } => "labels",
        ControlKind::Taxonomy { .. } => "taxonomy",
        ControlKind::TextArea { .. } => "textarea",
        ControlKind::Rating { .. } => "rating",
    }
}
