//! Which keys ended where, and which bodies are erased, settled before anything else is folded.
//!
//! A revocation names the last sequence that counts, whatever time later entries claim, so it must be known before they are
//! folded; but whether the revocation itself counts depends on who else was revoked. So the events of authority are folded
//! until what they say of each other agrees with what was assumed. What anybody did with tasks plays no part here.

use super::event::Event;
use super::id::{DeviceId, EventId};
use super::state::{State, erasable};
use std::collections::{BTreeMap, BTreeSet};

/// Last sequences that count, by log.
type Ends = BTreeMap<DeviceId, u64>;
/// Events whose bodies are absent for everyone, by log.
type Erased = BTreeMap<DeviceId, BTreeSet<EventId>>;

/// Rounds after which admins who revoke each other in circles are left as they are; everybody counts the same rounds.
const ROUNDS: usize = 65;

/// The ends and erasures that hold. `events` stand in the order of the fold.
pub(super) fn settle(events: &[Event]) -> (Ends, Erased) {
    let mut assumed = Ends::new();
    let mut rounds = 0;
    loop {
        let mut state = State { revoked: assumed.clone(), ..State::default() };
        // exactly the events whose bodies nobody can erase
        events.iter().filter(|e| !erasable(&e.happening.kind)).for_each(|e| state.apply(e));
        rounds += 1;
        if state.ends == assumed || rounds == ROUNDS {
            return (state.ends, state.erased);
        }
        assumed = state.ends;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Custody, Fact, FirstAdmin, Happening, Role};
    use crate::domain::id::AuthId;
    use crate::domain::state::{Materials, fold};
    use crate::domain::time::Hlc;

    /// `who` says `fact` as entry `sequence` of their log, at hybrid time `ms`.
    fn event(who: &str, sequence: u64, ms: u64, fact: Fact) -> Event {
        Event {
            id: EventId(format!("{who}-{sequence}")),
            device: DeviceId(format!("did:{who}")),
            author: AuthId(who.to_owned()),
            sequence,
            hlc: Hlc { ms, counter: 0 },
            time_ms: ms,
            happening: Happening::of(fact),
        }
    }

    fn grant(who: &str, as_whom: &str, roles: Vec<Role>) -> Fact {
        let (key, authid) = (DeviceId(format!("did:{who}")), AuthId(as_whom.to_owned()));
        Fact::KeyGranted { key, authid, roles, custody: Custody::File }
    }

    fn revoke(who: &str, lastsequence: u64) -> Fact {
        Fact::KeyRevoked { key: DeviceId(format!("did:{who}")), lastsequence }
    }

    fn begin() -> Event {
        let admin = |who: &str| FirstAdmin {
            authid: who.into(),
            key: DeviceId(format!("did:{who}")),
            roles: vec![Role::Admin, Role::Annotator],
        };
        event("root", 0, 1, Fact::ProjectCreated { name: "p".into(), admins: ["root", "eve", "max"].map(admin).into() })
    }

    /// Ends as `name:last`, for any order of arrival.
    fn check(mut events: Vec<Event>, ends: &str, refused: &str) {
        events.push(begin());
        for _ in 0..events.len() {
            events.rotate_left(1);
            let state = fold(Materials::default(), &mut events.clone());
            let list = |ends: &Ends| {
                ends.iter().map(|(k, l)| format!("{}:{l}", &k.as_str()[4..])).collect::<Vec<_>>().join(" ")
            };
            let named: Vec<String> = state
                .refused
                .iter()
                .flat_map(|(d, at)| at.keys().map(move |at| format!("{}-{at}", &d.as_str()[4..])))
                .collect();
            assert_eq!((list(&state.revoked).as_str(), named.join(" ").as_str()), (ends, refused));
            assert_eq!(state.revoked, state.ends, "what was assumed is what is found");
        }
    }

    #[test]
    fn what_a_revoked_key_said_later_revokes_nothing() {
        // eve, revoked behind her entry 1, revokes max with her clock set back; max revoked nobody
        let eve_late = event("eve", 2, 5, revoke("max", 0));
        let max_acts = event("max", 1, 30, grant("dan", "dan", vec![Role::Annotator]));
        check(vec![event("root", 1, 20, revoke("eve", 1)), eve_late, max_acts], "eve:1", "eve-2");
    }

    #[test]
    fn who_was_wrongly_revoked_is_heard_again() {
        // root ends eve; eve had ended max; max had ended dan: eve's word falls, max's stands
        let events = vec![
            event("root", 1, 2, grant("dan", "dan", vec![Role::Annotator])),
            event("root", 2, 50, revoke("eve", 0)),
            event("eve", 1, 10, revoke("max", 0)),
            event("max", 1, 20, revoke("dan", 3)),
        ];
        check(events, "dan:3 eve:0", "eve-1");
    }

    #[test]
    fn a_revocation_that_folds_before_the_grant_still_holds() {
        // the granting admin's clock runs an hour ahead
        let events = vec![
            event("max", 1, 3_600_000, grant("dan", "dan", vec![Role::Annotator])),
            event("root", 1, 20, revoke("dan", 0)),
            event("dan", 1, 3_700_000, Fact::RationaleGiven { text: "x".into() }),
        ];
        check(events, "dan:0", "dan-1");
    }

    #[test]
    fn a_closed_log_goes_no_further_and_its_key_gets_nothing_again() {
        let close =
            |log: &str, last| Fact::LogClosed { log: Some(DeviceId(format!("did:{log}"))), lastsequence: Some(last) };
        let own = || Fact::LogClosed { log: None, lastsequence: None };
        let events = vec![
            event("root", 1, 2, grant("dan", "dan", vec![Role::Annotator])),
            event("root", 2, 3, close("dan", 4)),
            event("dan", 5, 4, Fact::RationaleGiven { text: "x".into() }),
            // the same key again, for the same person: no; a new key for the same person: yes
            event("root", 3, 5, grant("dan", "dan", vec![Role::Annotator])),
            event("root", 4, 6, grant("dan2", "dan", vec![Role::Annotator])),
            // an annotator closes nobody else's log
            event("dan2", 0, 7, close("root", 0)),
            event("max", 1, 8, own()),
            event("max", 2, 9, revoke("root", 0)),
        ];
        check(events, "dan:4 max:1", "dan-5 dan2-0 max-2 root-3");
    }

    #[test]
    fn a_key_is_bound_to_one_person() {
        let events = vec![
            event("root", 1, 2, grant("dan", "dan", vec![Role::Annotator])),
            event("root", 2, 3, grant("dan", "eve", vec![Role::Admin])),
        ];
        check(events, "", "root-2");
    }

    #[test]
    fn admins_who_revoke_each_other_give_one_answer_everywhere() {
        let events = vec![event("eve", 1, 10, revoke("max", 0)), event("max", 1, 20, revoke("eve", 0))];
        // the first word counts, as SECURITY.md says
        check(events, "max:0", "max-1");
    }
}
