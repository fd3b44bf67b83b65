//! One fault at a time, with what must come of it.

use super::devices::{Device, START_MS};
use super::faulty::{Fault, Line, PAGE};
use super::{Party, assert_converged, pair};
use crate::storage::wait;
use countersign::domain::event::Fact;
use countersign::log::key::multibase;
use countersign::storage::{Memory, Storage, StorageError};
use countersign::sync::{Care, Direction, Exchange, Stop};
use std::collections::BTreeMap;

fn stopped(error: StorageError) -> Result<(), Stop> {
    Err(Stop::Storage(error))
}

#[test]
fn a_lost_response_is_sent_again_and_changes_nothing() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    let line = Line::to(&bucket, 0);
    line.fault.set(Some(Fault::LostResponse));
    assert_eq!(a.sync(&line).map(drop), stopped(StorageError::Unreachable));
    let status = &a.exchange.status;
    assert_eq!((status.pending, status.sent, status.failed), (2, 0, 1));
    assert_eq!((status.last_error.as_deref(), status.last_ok_ms), (Some("unreachable"), None));
    assert!(status.next_ms.is_some_and(|next| (START_MS..=START_MS + 1_000).contains(&next)));
    line.fault.set(None);
    a.sync_well(&line);
    let status = &a.exchange.status;
    assert_eq!((status.pending, status.sent, status.failed, status.last_ok_ms), (0, 2, 0, Some(START_MS)));
    assert_eq!(status.next_ms, None);
    b.sync_well(&bucket);
    a.sync_well(&bucket);
    assert_converged(&[&a, &b]);
}

#[test]
fn every_prefix_of_a_push_leaves_a_readable_endpoint() {
    // the network goes away after n requests, for every n: readers see the old state or the new one, whole
    for allowed in 0..60 {
        let (mut a, mut b) = pair();
        let bucket = Memory::default();
        a.sync_well(&bucket);
        b.sync_well(&bucket);
        (0..3).for_each(|n| a.device.note(&n.to_string()));
        let line = Line::to(&bucket, 0);
        let round = a.exchange.round(&line, &*a.device.shelf, Direction::Out, START_MS, 0);
        let cut = async {
            let mut round = std::pin::pin!(round);
            std::future::poll_fn(|context| {
                if line.requests.get() >= allowed {
                    return std::task::Poll::Ready(());
                }
                round.as_mut().poll(context).map(drop)
            })
            .await;
        };
        wait(cut);
        let tally = b.sync_well(&bucket);
        assert!(matches!(tally.received, 0 | 3), "{allowed}: {}", tally.received);
        let mut again = Party::new(a.device);
        again.sync_well(&bucket);
        b.sync_well(&bucket);
        again.sync_well(&bucket);
        assert_converged(&[&again, &b]);
    }
}

#[test]
fn reads_that_lie_are_noticed_and_nothing_good_is_touched() {
    for (fault, codes) in
        [(Fault::CutRead, &["bad-checkpoint"][..]), (Fault::Page, &["bad-checkpoint"]), (Fault::Hidden, &["rollback"])]
    {
        let (mut a, mut b) = pair();
        let bucket = Memory::default();
        a.sync_well(&bucket);
        b.sync_well(&bucket);
        a.device.note("later");
        a.sync_well(&bucket);
        let line = Line::to(&bucket, 0);
        line.fault.set(Some(fault));
        let going = b.exchange.round(&line, &*b.device.shelf, Direction::In, START_MS, 0);
        // a page in place of the listing ends the round before; by known names the checkpoint is read
        match wait(going) {
            Ok(tally) => {
                let found: Vec<_> = tally.problems.iter().map(|p| p.wrong.code()).collect();
                assert_eq!(found, codes, "{fault:?}");
            }
            Err(stop) => assert_eq!((fault, stop), (Fault::Page, Stop::Storage(StorageError::NotOurs))),
        }
        assert_eq!(b.device.holds_of(&a.device), a.device.said.borrow()[..2], "{fault:?}");
        assert_eq!(b.sync_well(&bucket).received, 1, "{fault:?}");
    }
}

#[test]
fn a_login_page_gets_nothing_of_ours() {
    let (mut a, _) = pair();
    let line = Line::to(&Memory::default(), 0);
    line.fault.set(Some(Fault::Page));
    assert_eq!(a.sync(&line).map(drop), stopped(StorageError::NotOurs));
    assert_eq!(line.writes.get(), 0);
    assert_eq!(a.exchange.status.pending, 2);
}

#[test]
fn writes_cut_short_are_sent_again() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    let line = Line::to(&bucket, 0);
    line.fault.set(Some(Fault::CutWrite));
    assert_eq!(a.sync(&line).map(drop), stopped(StorageError::Conflict), "the checkpoint is read back");
    line.fault.set(None);
    // the remains of the checkpoint are recognised as ours, and all is sent again
    a.sync_well(&line);
    b.sync_well(&bucket);
    a.sync_well(&bucket);
    assert_converged(&[&a, &b]);
}

#[test]
fn an_object_cut_short_is_reported_by_readers_and_mended_by_its_owner() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    a.sync_well(&bucket);
    let name = format!("{}/{}/tile/entries/000.p/2", a.device.project(), multibase(&a.device.id));
    let whole = bucket.snapshot()[&name].clone();
    wait(bucket.put(&name, &whole[..whole.len() / 2])).unwrap();
    b.sync_with(&bucket, &["damaged"]);
    assert!(b.device.holds_of(&a.device).is_empty());
    let mending = a.exchange.careful_round(&bucket, &*a.device.shelf, Direction::Out, Care::Whole, START_MS, 0);
    assert_eq!(wait(mending).unwrap().problems, []);
    b.sync_well(&bucket);
    a.sync_well(&bucket);
    assert_converged(&[&a, &b]);
}

#[test]
fn an_emptied_bucket_is_filled_again_by_each_for_itself() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    let digest = a.device.shelf.add_release(b"tasks".to_vec());
    a.device.say(Fact::TasksReleased { count: 1, digest: digest.digest() });
    a.sync_well(&bucket);
    b.sync_well(&bucket);
    a.sync_well(&bucket);
    let full = bucket.snapshot();
    bucket.restore(BTreeMap::new());
    // b sees that a's log is gone, keeps what it has, and sends its own again
    b.sync_with(&bucket, &["rollback"]);
    assert_eq!(b.device.holds_of(&a.device), *a.device.said.borrow());
    let mut a = Party::new(a.device);
    a.sync_well(&bucket);
    b.sync_well(&bucket);
    assert_eq!(bucket.snapshot(), full);
}

#[test]
fn lost_objects_are_sent_again_in_a_new_session() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    a.sync_well(&bucket);
    let mut objects = bucket.snapshot();
    let full = objects.clone();
    objects.retain(|name, _| name.ends_with("checkpoint"));
    bucket.restore(objects);
    b.sync_with(&bucket, &["missing"]);
    Party::new(a.device).sync_well(&bucket);
    assert!(full.iter().all(|(name, bytes)| bucket.snapshot().get(name) == Some(bytes)));
    assert_eq!(b.sync_well(&bucket).received, 2);
}

#[test]
fn an_old_backup_is_a_rollback_with_evidence_and_heals() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    a.sync_well(&bucket);
    let old = bucket.snapshot();
    a.device.note("later");
    a.sync_well(&bucket);
    b.sync_well(&bucket);
    bucket.restore(old);
    let tally = b.sync_with(&bucket, &["rollback"]);
    let name = format!("{}/{}/checkpoint", a.device.project(), multibase(&a.device.id));
    assert_eq!(tally.problems[0].evidence, bucket.snapshot().get(&name).cloned());
    assert_eq!(tally.problems[0].wrong.to_string(), "it shows 2 entries where 3 were seen before");
    a.sync_well(&bucket);
    b.sync_well(&bucket);
    a.sync_well(&bucket);
    assert_converged(&[&a, &b]);
}

#[test]
fn logs_are_found_without_a_listing() {
    for fault in [Fault::NoList, Fault::Holes] {
        let (mut a, mut b) = pair();
        let bucket = Memory::default();
        a.sync_well(&bucket);
        b.sync_well(&bucket);
        // b's grant is in a's log, and a's key in the genesis: both know whom to look for
        let line = Line::to(&bucket, 3);
        line.fault.set(Some(fault));
        a.sync_well(&line);
        b.device.note("more");
        b.sync_well(&line);
        a.sync_well(&line);
        assert_converged(&[&a, &b]);
    }
}

#[test]
fn a_cloned_profile_that_writes_on_is_an_equivocation() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    a.sync_well(&bucket);
    b.sync_well(&bucket);
    let twin = a.device.clone_profile(1);
    a.device.note("mine");
    a.sync_well(&bucket);
    b.sync_well(&bucket);
    // same length, other content: the twin does not overwrite what is there
    twin.note("also mine");
    let mut twin = Party::new(twin);
    let before = bucket.snapshot();
    twin.sync_with(&bucket, &["equivocation"]);
    assert_eq!(bucket.snapshot(), before);
    // shorter: told to take a new key
    let short = Party::new(Device::owner(1, "pair"));
    let mut short = Party::new(short.device);
    short.sync_with(&bucket, &["own-ahead"]);
    // a malicious endpoint serves the twin's history to b
    let elsewhere = Memory::default();
    twin.device.note("and more");
    let mut exchange = Exchange::default();
    wait(exchange.round(&elsewhere, &*twin.device.shelf, Direction::Out, START_MS, 0)).unwrap();
    let tally = b.sync_with(&elsewhere, &["equivocation"]);
    assert!(tally.problems[0].evidence.is_some());
    assert_eq!(b.device.holds_of(&a.device), *a.device.said.borrow(), "what was held stays");
}

#[test]
fn bytes_changed_at_the_endpoint_never_come_in() {
    let (mut a, _) = pair();
    let bucket = Memory::default();
    a.sync_well(&bucket);
    let good = bucket.snapshot();
    let allowed = ["damaged", "bad-checkpoint", "missing", "equivocation"];
    for (name, bytes) in &good {
        // a byte here and there in each object
        for at in (0..bytes.len()).step_by(29) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x04;
            bucket.restore(good.clone());
            wait(bucket.put(name, &changed)).unwrap();
            let mut reader = Party::new(Device::join(9, &a.device.project()));
            let tally =
                wait(reader.exchange.round(&bucket, &*reader.device.shelf, Direction::In, START_MS, 0)).unwrap();
            let is_hash_tile = name.contains("/tile/0/");
            assert!(is_hash_tile || !tally.problems.is_empty(), "{name} byte {at} went unnoticed");
            for problem in &tally.problems {
                let code = problem.wrong.code();
                let of_entry = matches!(problem.wrong, countersign::sync::Wrong::Entry { .. });
                assert!(of_entry || allowed.contains(&code), "{name} byte {at}: {code}");
            }
            let held = reader.device.holds_of(&a.device);
            assert_eq!(held[..], a.device.said.borrow()[..held.len()], "{name} byte {at}");
        }
    }
}

#[test]
fn a_log_of_another_project_is_refused() {
    let (mut a, _) = pair();
    let bucket = Memory::default();
    a.sync_well(&bucket);
    let foreign = Device::owner(5, "another");
    let elsewhere = Memory::default();
    Party::new(foreign).sync_well(&elsewhere);
    let mut objects = bucket.snapshot();
    for (name, bytes) in elsewhere.snapshot() {
        let (_, rest) = name.split_once('/').unwrap();
        objects.insert(format!("{}/{rest}", a.device.project()), bytes);
    }
    bucket.restore(objects);
    a.sync_with(&bucket, &["bad-checkpoint"]);
}

#[test]
fn a_body_that_is_wrong_or_late_comes_when_it_is_right() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    let digest = a.device.shelf.add_release(b"tasks".to_vec());
    a.device.say(Fact::TasksReleased { count: 1, digest: digest.digest() });
    a.sync_well(&bucket);
    let good = bucket.snapshot();
    for (name, bytes) in good.iter().filter(|(name, _)| name.contains("/data/")) {
        let worse: &[u8] = if bytes.len() % 2 == 0 { PAGE } else { b"{}" };
        wait(bucket.put(name, worse)).unwrap();
    }
    let tally = b.sync(&bucket).unwrap();
    assert_eq!((tally.received, tally.bodies_absent, tally.releases), (3, 3, 0));
    assert!(tally.problems.iter().all(|p| p.wrong.code() == "damaged"));
    bucket.restore(good);
    b.sync_well(&bucket);
    let tally = b.sync_well(&bucket);
    assert_eq!(tally.bodies_absent, 0);
    assert_eq!(b.device.shelf.all_releases().len(), 1, "what a late body announces is fetched too");
    assert_eq!(b.device.shelf.lines(&a.device.id), a.device.shelf.lines(&a.device.id));
}

#[test]
fn an_erased_body_goes_and_the_log_still_stands() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    a.device.note("to be erased");
    a.sync_well(&bucket);
    let event = a.device.events.borrow().last().cloned().unwrap();
    a.device.shelf.erase(&a.device.id, &event);
    a.sync_well(&bucket);
    let bodies = bucket.snapshot().keys().filter(|n| n.contains("/data/")).count();
    assert_eq!(bodies, 2);
    // also in a new session that looks for what is missing
    Party::new(a.device).sync_well(&bucket);
    assert_eq!(bucket.snapshot().keys().filter(|n| n.contains("/data/")).count(), 2);
    let tally = b.sync_well(&bucket);
    assert_eq!((tally.received, tally.bodies_absent), (3, 1));
}

/// 2,000 spans do not fit into a line; through storage they go as every body does.
#[test]
fn a_large_body_goes_there_and_back_and_a_changed_bit_of_it_stays_out() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    a.device.say(crate::log::large::spans(2_000));
    a.sync_well(&bucket);
    let good = bucket.snapshot();
    let (name, bytes) = good.iter().find(|(name, bytes)| name.contains("/data/") && bytes.len() > 100_000).unwrap();
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    wait(bucket.put(name, &changed)).unwrap();
    let tally = b.sync(&bucket).unwrap();
    assert_eq!((tally.received, tally.bodies_absent), (3, 1));
    assert!(
        tally.problems.iter().all(|p| name.ends_with(&p.object) && p.wrong.code() == "damaged"),
        "{:?}",
        tally.problems
    );
    bucket.restore(good);
    b.sync_well(&bucket);
    assert_eq!(b.device.shelf.lines(&a.device.id), a.device.shelf.lines(&a.device.id));
    // erased at its author, it goes from the endpoint, and the log stands for who comes new
    let event = a.device.events.borrow().last().cloned().unwrap();
    a.device.shelf.erase(&a.device.id, &event);
    a.sync_well(&bucket);
    assert!(bucket.snapshot().values().all(|bytes| bytes.len() < 100_000));
    let mut c = Party::new(Device::join(9, &a.device.project()));
    assert_eq!(c.sync_well(&bucket).bodies_absent, 1);
}

#[test]
fn a_release_that_is_not_what_was_announced_stays_out() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    let digest = a.device.shelf.add_release(b"covered tasks".to_vec());
    a.device.say(Fact::TasksReleased { count: 1, digest: digest.digest() });
    a.sync_well(&bucket);
    let name = format!("{}/release/{}", a.device.project(), digest.hex());
    wait(bucket.put(&name, b"other tasks")).unwrap();
    b.sync_with(&bucket, &["damaged"]);
    wait(bucket.delete(&name)).unwrap();
    b.sync_with(&bucket, &["missing"]);
    assert!(b.device.shelf.all_releases().is_empty());
    Party::new(a.device).sync_well(&bucket);
    assert_eq!(b.sync_well(&bucket).releases, 1);
}

#[test]
fn one_endpoint_down_does_not_hold_up_the_others() {
    let (mut a, mut b) = pair();
    let (first, second) = (Memory::default(), Memory::default());
    let broken = Line::to(&first, 0);
    broken.fault.set(Some(Fault::Busy));
    let mut to_broken = Exchange::default();
    for round in 0..4 {
        a.device.note(&round.to_string());
        let now_ms = START_MS + round * 60_000;
        if to_broken.pace.may_try(now_ms) {
            let going = to_broken.round(&broken, &*a.device.shelf, Direction::Both, now_ms, 5);
            assert_eq!(wait(going).unwrap_err().code(), "throttled");
            assert!(to_broken.pace.not_before_ms >= now_ms + 2_000, "as long as it asked for");
        }
        a.sync_well(&second);
    }
    assert_eq!((to_broken.status.failed, to_broken.status.pending), (4, 6));
    b.sync_well(&second);
    a.sync_well(&second);
    assert_converged(&[&a, &b]);
    // back after a while: its own cursor is read from its own checkpoint
    broken.fault.set(None);
    let tally = wait(to_broken.round(&broken, &*a.device.shelf, Direction::Both, START_MS, 0)).unwrap();
    assert_eq!((tally.sent, tally.pending), (6, 0));
}
