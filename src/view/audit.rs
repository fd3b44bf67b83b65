//! The record by pages and filters: which entries somebody asks for, newest first, so that a record of any length shows one
//! page at a time. What it costs is one look at each event, without copies.

use super::build::{Here, activity_row, bad_places};
use super::model::{AuditQuery, AuditView};
use crate::domain::event::{Event, Fact};
use crate::domain::state::State;

impl AuditQuery {
    /// The event is asked for. `task` is the place of its task in the list, from 1.
    pub fn takes(&self, event: &Event, task: Option<u32>) -> bool {
        let happening = &event.happening;
        self.person.as_ref().is_none_or(|who| event.author == *who)
            && self.kind.as_ref().is_none_or(|kind| happening.kind == *kind)
            && self.since_ms.is_none_or(|since| event.time_ms >= since)
            && self.task.is_none_or(|wanted| task == Some(wanted))
            && self.guideline.as_ref().is_none_or(|version| {
                let published = match &happening.fact {
                    Some(Fact::GuidelinePublished { version, .. }) => Some(version),
                    _ => None,
                };
                happening.guideline.as_ref().map(|g| &g.version).or(published) == Some(version)
            })
            && self.model.as_ref().is_none_or(|model| happening.model.as_ref() == Some(model))
    }
}

/// The place of an event's task in the list, from 1.
pub fn task_of(state: &State, event: &Event) -> Option<u32> {
    let at = state.materials.index.get(event.happening.task.as_ref()?)?;
    Some(*at as u32 + 1)
}

/// One page of what a query takes.
pub fn audit(state: &State, here: &Here, events: &[Event], query: &AuditQuery) -> AuditView {
    let bad = bad_places(here);
    let (first, page) = (query.first as usize, AuditView::PAGE);
    let (mut matched, mut rows) = (0, vec![]);
    for event in events.iter().rev().filter(|event| query.takes(event, task_of(state, event))) {
        if (first..first + page).contains(&matched) {
            rows.push(activity_row(state, here, &bad, event));
        }
        matched += 1;
    }
    let people: std::collections::BTreeSet<_> = state.keys.values().map(|key| key.authid.clone()).collect();
    let mut guidelines: Vec<String> = vec![];
    for event in events.iter().filter(|event| event.happening.kind == "guideline.published") {
        if let Some(Fact::GuidelinePublished { version, .. }) = &event.happening.fact
            && !guidelines.contains(version)
        {
            guidelines.push(version.clone());
        }
    }
    AuditView {
        rows,
        matched: matched as u32,
        total: events.len() as u32,
        people: people.into_iter().collect(),
        guidelines,
        models: state.models.iter().cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Happening;
    use crate::domain::guideline::GuidelineRef;
    use crate::domain::time::Hlc;
    use crate::view::model::ViewKey;

    fn event(number: u64, who: &str, fact: Fact, version: &str, model: Option<&str>) -> Event {
        let guideline = GuidelineRef { id: "g".into(), version: version.into(), digest: "sha256-x".into() };
        let mut happening = Happening::of(fact).about(&format!("task-{}", number % 2).as_str().into());
        happening.guideline = Some(guideline);
        happening.model = model.map(Into::into);
        Event {
            id: format!("event-{number}").as_str().into(),
            device: "did:key:zA".into(),
            author: who.into(),
            sequence: number,
            hlc: Hlc { ms: number, counter: 0 },
            time_ms: 1000 * number,
            happening,
        }
    }

    fn record() -> Vec<Event> {
        let published = Fact::GuidelinePublished { id: "g".into(), version: "2".into(), digest: "sha256-x".into() };
        vec![
            event(0, "ann", Fact::TaskOpened {}, "1", None),
            event(1, "ann", Fact::AnnotationWithdrawn {}, "1", Some("m@sha256-1")),
            event(2, "bea", published, "1", None),
            event(3, "bea", Fact::TaskOpened {}, "2", None),
            event(4, "ann", Fact::TaskOpened {}, "2", Some("m@sha256-1")),
        ]
    }

    #[test]
    fn a_query_takes_what_it_says() {
        let all = AuditQuery::default();
        let cases = [
            (all.clone(), vec![4, 3, 2, 1, 0]),
            (AuditQuery { person: Some("bea".into()), ..all.clone() }, vec![3, 2]),
            (AuditQuery { kind: Some("task.opened".into()), ..all.clone() }, vec![4, 3, 0]),
            (AuditQuery { since_ms: Some(3000), ..all.clone() }, vec![4, 3]),
            (AuditQuery { guideline: Some("1".into()), ..all.clone() }, vec![2, 1, 0]),
            (AuditQuery { model: Some("m@sha256-1".into()), ..all.clone() }, vec![4, 1]),
            (AuditQuery { person: Some("ann".into()), since_ms: Some(1000), ..all.clone() }, vec![4, 1]),
            (AuditQuery { task: Some(1), ..all.clone() }, vec![]),
            (AuditQuery { first: 2, ..all.clone() }, vec![2, 1, 0]),
            (AuditQuery { first: 9, ..all }, vec![]),
        ];
        for (query, expect) in cases {
            let view = audit(&State::default(), &Here::default(), &record(), &query);
            let got: Vec<u64> = view.rows.iter().map(|row| row.sequence).collect();
            assert_eq!(got, expect, "{query:?}");
            assert_eq!(view.total, 5);
            assert_eq!(u64::from(view.matched), if query.first > 0 { 5 } else { expect.len() as u64 }, "{query:?}");
        }
    }

    #[test]
    fn a_page_holds_so_many_and_counts_all() {
        let many: Vec<Event> = (0..1050).map(|n| event(n, "ann", Fact::TaskOpened {}, "1", None)).collect();
        for (first, newest, rows) in [(0, 1049, 100), (1000, 49, 50), (1050, 0, 0)] {
            let query = AuditQuery { first, ..AuditQuery::default() };
            let view = audit(&State::default(), &Here::default(), &many, &query);
            assert_eq!((view.rows.len(), view.matched), (rows, 1050), "{first}");
            if rows > 0 {
                assert_eq!(view.rows.first().map(|row| row.sequence), Some(newest), "{first}");
            }
        }
    }

    #[test]
    fn a_key_travels_as_json() {
        let key = ViewKey::Audit { query: AuditQuery { kind: Some("task.opened".into()), ..AuditQuery::default() } };
        let text = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<ViewKey>(&text).unwrap(), key);
        assert_eq!(serde_json::from_str::<ViewKey>(r#"{"audit":{"query":{"kind":"task.opened"}}}"#).unwrap(), key);
    }
}
