//! The table of faults, row by row, through real HTTP: a bucket and a WebDAV folder of the fault server, whose script says
//! what goes wrong.
//!
//! | row | case | test |
//! |---|---|---|
//! | F5 | an upload is taken and its answer lost; 412 or 409 for what is there already | `f5_*` |
//! | F6 | a write or a read cut short, a wrong length | `f6_*`, `cut_at_any_byte_and_resumed` |
//! | F7 | 412, 409, 423, 428; 404 and 409 for a missing folder | `f7_*`, `http::a_put_that_hits_a_missing_folder_makes_it` |
//! | F8 | 429 and 503 with seconds, a date, nothing, ten days; a storm of 5xx | `f8_*` |
//! | F9 | expired or revoked credentials, a skewed clock | `f9_*`, `storage::an_azure_container_*` (expired signature) |
//! | F10 | CORS: the part without a browser | `check::*` |
//! | F11 | a sign-in page, nothing, another JSON, a redirect to a login | `f11_*` |
//! | F12 | an endpoint set back, emptied, or another one | `f12_*`, `faults::an_emptied_bucket_*`, `faults::an_old_backup_*` |
//! | F13 | a listing that is stale, partial, long, or full of strange names | `f13_*`, `http::strange_names_*` |
//! | F14 | a server that ignores conditions | `f14_*`, `two_devices_converge_through_a_sloppy_webdav_folder` |
//! | F15 | three endpoints, one down for a week | `f15_*` |

use super::devices::START_MS;
use super::http::{dav, faults, s3, template};
use super::{Party, assert_converged, pair};
use crate::faultd::{Faults, date_of};
use crate::storage::wait;
use countersign::domain::event::Fact;
use countersign::platform::endpoint::Remote;
use countersign::platform::native::clock;
use countersign::storage::{Storage, StorageError};
use countersign::sync::{Care, Direction, Exchange, Finding, Stop, Tally, pace};
use std::collections::BTreeMap;

type Way = fn(&Faults) -> Remote;
const WAYS: [Way; 2] = [dav, s3];

fn stopped(error: StorageError) -> Result<(), Stop> {
    Err(Stop::Storage(error))
}

/// Two devices with something to say, and a release.
fn talkative_pair() -> (Party, Party) {
    let (a, b) = pair();
    let digest = a.device.shelf.add_release(b"covered tasks".to_vec());
    a.device.say(Fact::TasksReleased { count: 1, digest: digest.digest() });
    a.device.note("first");
    (a, b)
}

/// What the endpoint holds after a push without faults.
fn good_push(way: Way) -> BTreeMap<String, Vec<u8>> {
    let server = faults("");
    talkative_pair().0.sync_well(&way(&server));
    server.objects()
}

/// A round that fetches alone: what is served wrongly would also be read back wrongly after a write.
fn pull(party: &mut Party, remote: &Remote) -> Result<Tally, Stop> {
    wait(party.exchange.round(remote, &*party.device.shelf, Direction::In, START_MS, 7))
}

/// All is well again: everything arrives, and the endpoint holds what it would hold without the fault.
fn heals(server: &Faults, way: Way, mut a: Party, mut b: Party) {
    server.script("");
    a.exchange.pace.ok();
    a.sync_well(&way(server));
    let there = server.objects();
    for (name, bytes) in good_push(way) {
        assert!(there.get(&name) == Some(&bytes), "{name} is not what it should be");
    }
    b.sync_well(&way(server));
    a.sync_well(&way(server));
    assert_converged(&[&a, &b]);
}

#[test]
fn f5_a_lost_answer_changes_nothing() {
    for way in WAYS {
        for actions in ["stored=500", "lost", "stored=503"] {
            let (mut a, b) = talkative_pair();
            let server = faults(&format!("PUT * {actions}"));
            assert!(a.sync(&way(&server)).is_err(), "{actions}");
            assert_eq!((a.exchange.status.pending, a.exchange.status.sent), (4, 0));
            heals(&server, way, a, b);
        }
    }
}

#[test]
fn f5_a_conflict_is_a_success_only_where_the_bytes_are_ours() {
    for way in WAYS {
        for status in [412, 409, 423] {
            let (mut a, b) = talkative_pair();
            let server = faults(&format!("PUT * stored={status}"));
            a.sync_well(&way(&server));
            heals(&server, way, a, b);

            let (mut a, b) = talkative_pair();
            let server = faults(&format!("PUT */tile/* keep=10 stored={status}"));
            assert_eq!(a.sync(&way(&server)).map(drop), stopped(StorageError::Conflict));
            assert!(server.objects().keys().all(|name| !name.ends_with("checkpoint")), "nothing is promised yet");
            heals(&server, way, a, b);
        }
    }
}

#[test]
fn f6_a_write_cut_short_is_seen_at_once_and_mended() {
    for way in WAYS {
        for object in ["*/tile/entries/*", "*/tile/0/*", "*/data/*", "*/release/*"] {
            // once: written again in the same round
            let (mut a, b) = talkative_pair();
            let server = faults(&format!("PUT {object} 1 keep=7"));
            a.sync_well(&way(&server));
            heals(&server, way, a, b);
            // always: nothing is promised, and nothing counts as sent
            let (mut a, b) = talkative_pair();
            let server = faults(&format!("PUT {object} keep=7"));
            assert_eq!(a.sync(&way(&server)).map(drop), stopped(StorageError::Conflict), "{object}");
            assert_eq!(a.exchange.status.pending, 4);
            assert!(server.objects().keys().all(|name| !name.ends_with("checkpoint")));
            heals(&server, way, a, b);
        }
    }
}

#[test]
fn f6_what_was_cut_later_alarms_readers_and_is_mended_by_its_owner() {
    for way in WAYS {
        let (mut a, mut b) = talkative_pair();
        let server = faults("");
        a.sync_well(&way(&server));
        let mut objects = server.objects();
        let (_, bytes) = objects.iter_mut().find(|(name, _)| name.contains("/tile/entries/")).unwrap();
        bytes.truncate(100);
        server.restore(objects);
        b.sync_with(&way(&server), &["damaged"]);
        let remote = way(&server);
        let mending = a.exchange.careful_round(&remote, &*a.device.shelf, Direction::Out, Care::Whole, START_MS, 0);
        assert_eq!(wait(mending).unwrap().problems, []);
        heals(&server, way, a, b);
    }
}

#[test]
fn f6_reads_with_a_wrong_length_bring_nothing_wrong() {
    for way in WAYS {
        for (actions, expect) in
            [("length=100", None), ("length=99999", Some("unreachable")), ("cut=50", Some("unreachable"))]
        {
            let (mut a, mut b) = talkative_pair();
            let server = faults("");
            a.sync_well(&way(&server));
            server.script(&format!("GET */tile/entries/* {actions}"));
            match (pull(&mut b, &way(&server)), expect) {
                (Ok(tally), None) => assert_eq!(tally.problems[0].wrong.code(), "damaged"),
                (Err(stop), Some(code)) => assert_eq!(stop.code(), code),
                (other, _) => panic!("{actions}: {other:?}"),
            }
            assert!(b.device.holds_of(&a.device).is_empty());
            heals(&server, way, a, b);
        }
    }
}

/// Push and pull are cut at a byte of each object in turn; the round after goes on as if nothing had been.
#[test]
fn cut_at_any_byte_and_resumed() {
    let good = good_push(dav);
    for name in good.keys() {
        for byte in [0, 31, 300] {
            let (mut a, mut b) = talkative_pair();
            let server = faults(&format!("PUT {name} 1 keep={byte} lost"));
            assert_eq!(a.sync(&dav(&server)).map(drop), stopped(StorageError::Unreachable), "{name} {byte}");
            a.sync_well(&dav(&server));
            assert!(server.objects() == good, "{name} {byte}: all is there, and whole");
            server.script(&format!("GET {name} 1 cut={byte}"));
            // hash tiles are not read; a short object is whole before the cut
            let _ = pull(&mut b, &dav(&server));
            b.sync_well(&dav(&server));
            assert_eq!(b.device.holds_of(&a.device), *a.device.said.borrow(), "{name} {byte}");
        }
    }
}

#[test]
fn f7_each_status_has_one_error() {
    let cases = [
        (409, "conflict"),
        (412, "conflict"),
        (423, "conflict"),
        (428, "conflict"),
        (404, "invalid"),
        (413, "invalid"),
        (507, "full"),
    ];
    for way in WAYS {
        for (status, code) in cases {
            let (mut a, b) = talkative_pair();
            let server = faults(&format!("PUT * {status}"));
            assert_eq!(a.sync(&way(&server)).unwrap_err().code(), code, "{status}");
            assert_eq!((server.objects().len(), a.exchange.status.pending), (0, 4), "{status}");
            heals(&server, way, a, b);
        }
    }
}

#[test]
fn f8_an_endpoint_that_asks_for_patience_gets_it() {
    let soon = date_of(i64::try_from(clock::now_ms() / 1_000).unwrap() + 90).replace(' ', "_");
    let cases = [
        ("429 retry-after=7".to_owned(), 7_000..=8_000),
        (format!("503 retry-after={soon}"), 80_000..=92_000),
        ("503 retry-after=864000".to_owned(), pace::RETRY_AFTER_CAP_MS..=pace::RETRY_AFTER_CAP_MS),
        ("503 retry-after=nonsense".to_owned(), 0..=pace::BASE_MS),
        ("503".to_owned(), 0..=pace::BASE_MS),
        ("500".to_owned(), 0..=pace::BASE_MS),
    ];
    for way in WAYS {
        for (actions, wait_ms) in &cases {
            let (mut a, b) = talkative_pair();
            let server = faults(&format!("* * {actions}"));
            assert!(a.sync(&way(&server)).is_err());
            let waits_ms = a.exchange.pace.not_before_ms - START_MS;
            assert!(wait_ms.contains(&waits_ms), "{actions}: {waits_ms}");
            assert!(!a.exchange.pace.may_try(START_MS) || waits_ms == 0);
            heals(&server, way, a, b);
        }
    }
}

/// A day of 5xx costs a few hundred requests and not 86,400, spread and never synchronous; afterwards nobody waits long.
#[test]
fn f8_a_storm_is_sat_out() {
    let (mut a, b) = talkative_pair();
    let server = faults("* * 502");
    let dice = super::faulty::Dice::new(8);
    let remote = dav(&server);
    let mut waits_ms = Vec::new();
    let mut now_ms = START_MS;
    while now_ms < START_MS + 86_400_000 {
        assert!(a.exchange.pace.may_try(now_ms));
        let round = a.exchange.round(&remote, &*a.device.shelf, Direction::Both, now_ms, dice.roll());
        assert_eq!(wait(round).unwrap_err().code(), "other");
        waits_ms.push(a.exchange.pace.not_before_ms - now_ms);
        now_ms = a.exchange.pace.not_before_ms.max(now_ms + 1);
    }
    let requests = server.take_seen().len();
    assert!((288..=900).contains(&requests), "{requests} requests in a day");
    assert!(waits_ms.iter().all(|w| *w <= pace::CAP_MS));
    let short = waits_ms.iter().filter(|w| **w < pace::CAP_MS / 2).count();
    assert!(
        (waits_ms.len() / 3..waits_ms.len() * 2 / 3).contains(&short),
        "full jitter: {short} of {}",
        waits_ms.len()
    );
    heals(&server, dav, a, b);
}

#[test]
fn f9_credentials_that_expired_wait_for_a_person_and_lose_nothing() {
    for way in WAYS {
        for actions in ["401", "403", "403 skew=7200"] {
            let (mut a, b) = talkative_pair();
            let server = faults("");
            a.sync_well(&way(&server));
            let there = server.objects();
            a.device.note("after the credentials expired");
            server.script(&format!("* * {actions}"));
            server.take_seen();
            assert_eq!(a.sync(&way(&server)).map(drop), stopped(StorageError::Denied), "{actions}");
            let status = &a.exchange.status;
            assert_eq!((status.pending, status.needs_person, status.next_ms), (1, true, None));
            assert!(!a.exchange.pace.may_try(u64::MAX), "it stops, and asks");
            assert!(server.take_seen().iter().all(|r| r.method != "DELETE"));
            assert!(server.objects() == there);
            server.script("");
            a.exchange.pace.ok();
            assert_eq!(a.sync_well(&way(&server)).sent, 1);
            let mut b = b;
            b.sync_well(&way(&server));
            a.sync_well(&way(&server));
            assert_converged(&[&a, &b]);
        }
    }
}

/// Amazon's S3 answers 403 for what is absent to those who may read and not list; a log that is there is pulled all the same.
#[test]
fn f9_credentials_that_read_and_do_not_list_suffice_for_reading() {
    let (mut a, mut b) = talkative_pair();
    let server = faults("");
    a.sync_well(&s3(&server));
    b.device.shelf.expect(&a.device.id);
    server.script("LIST * 403\nGET */absent 403\nPUT * 403");
    let tally = pull(&mut b, &s3(&server)).unwrap();
    assert_eq!((tally.received, tally.problems), (4, Vec::new()));
}

/// Whatever answers in the endpoint's place is recognised before anything of ours goes there, in both directions.
#[test]
fn f11_a_stranger_gets_nothing_and_gives_nothing() {
    for way in [dav as Way, s3, template] {
        for actions in ["login", "empty", "json", "redirect header:Location=/login", "404 redirect"] {
            // an empty object reads as absent where nothing can be removed; there the first write shows it
            let late = way(&faults("")).lists() || actions != "empty";
            for begun in [false, true] {
                let (mut a, b) = talkative_pair();
                let server = faults("");
                if begun {
                    a.sync_well(&way(&server));
                    a.device.note("more");
                }
                let there = server.objects();
                server.script(&format!("* * {actions}"));
                let mut exchange = Exchange::default();
                let remote = way(&server);
                server.take_seen();
                let round = exchange.round(&remote, &*a.device.shelf, Direction::Both, START_MS, 0);
                let code = wait(round).unwrap_err().code();
                if late {
                    assert_eq!(code, "endpoint-not-ours", "{actions}");
                    let writes =
                        server.take_seen().iter().filter(|r| !matches!(r.method.as_str(), "GET" | "PROPFIND")).count();
                    assert_eq!(writes, 0, "{actions}");
                }
                assert!(server.objects() == there);
                assert_eq!(exchange.status.pending, a.device.said.borrow().len() as u64);
                // in the middle of a session as well: the checkpoint is no checkpoint
                if begun && late {
                    assert_eq!(a.sync(&remote).map(drop), stopped(StorageError::NotOurs), "{actions}");
                    assert!(server.objects() == there);
                }
                if !begun {
                    server.script("");
                    let mut b = b;
                    a.sync_well(&remote);
                    b.device.shelf.expect(&a.device.id);
                    b.sync_well(&remote);
                    a.sync_well(&remote);
                    assert_converged(&[&a, &b]);
                }
            }
        }
    }
}

#[test]
fn f12_an_endpoint_set_back_is_told_with_both_checkpoints() {
    let (mut a, mut b) = talkative_pair();
    let server = faults("");
    let remote = dav(&server);
    a.sync_well(&remote);
    let old = server.objects();
    a.device.note("later");
    a.sync_well(&remote);
    b.sync_well(&remote);
    let new = server.objects();
    let checkpoint = |objects: &BTreeMap<String, Vec<u8>>| {
        let folder = countersign::log::key::multibase(&a.device.id).to_owned();
        objects.iter().find(|(name, _)| name.ends_with(&format!("{folder}/checkpoint"))).map(|(_, b)| b.clone())
    };
    for (objects, offered) in [(old.clone(), checkpoint(&old)), (BTreeMap::new(), None)] {
        server.restore(objects);
        let tally = b.sync_with(&remote, &["rollback"]);
        assert_eq!((&tally.problems[0].evidence, &tally.problems[0].seen), (&offered, &checkpoint(&new)));
        let finding = Finding::from(&tally.problems[0]);
        let text = |bytes: Option<Vec<u8>>| bytes.map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!((finding.evidence, finding.seen), (text(offered), text(checkpoint(&new))), "programs get both");
        assert_eq!(b.device.holds_of(&a.device), *a.device.said.borrow(), "what was held stays");
        // its owner fills it again, b its own
        let mut owner = Exchange::default();
        wait(owner.round(&remote, &*a.device.shelf, Direction::Out, START_MS, 0)).unwrap();
        b.sync_well(&remote);
        assert_eq!(checkpoint(&server.objects()), checkpoint(&new));
    }
}

#[test]
fn f13_listings_serve_for_discovery_alone() {
    for way in WAYS {
        for script in ["LIST * holes=2", "LIST * holes=1", "LIST * page=3", "LIST * 403", "LIST * 405"] {
            let (mut a, mut b) = talkative_pair();
            let server = faults("");
            // a thousand and more objects of strangers beside ours, under names that need escaping
            let project = a.device.project();
            let strange = |n| ["", "/b"].map(|bucket| (format!("{bucket}/{project}/z {n}&%"), vec![1]));
            server.restore((0..1_100).flat_map(strange).collect());
            a.sync_well(&way(&server));
            b.sync_well(&way(&server));
            a.device.note("grown");
            b.device.note("grown");
            server.script(script);
            server.take_seen();
            let mut again = Party::new(a.device);
            again.sync_well(&way(&server));
            b.sync_well(&way(&server));
            again.sync_well(&way(&server));
            assert_converged(&[&again, &b]);
            let odd = server.take_seen().iter().filter(|r| r.path.contains("/z ")).count();
            assert_eq!(odd, 0, "{script}: nothing is asked for that no checkpoint names");
        }
    }
}

#[test]
fn f13_a_stale_checkpoint_is_a_rollback_and_passes() {
    for way in WAYS {
        let (mut a, mut b) = talkative_pair();
        let server = faults("");
        a.sync_well(&way(&server));
        a.device.note("later");
        a.sync_well(&way(&server));
        b.sync_well(&way(&server));
        server.script("GET */checkpoint stale");
        b.sync_with(&way(&server), &["rollback"]);
        server.script("");
        b.sync_well(&way(&server));
        a.sync_well(&way(&server));
        assert_converged(&[&a, &b]);
    }
}

/// No condition is ever sent, so a server that ignores conditions gives the same result; the real one among them is nginx.
#[test]
fn f14_no_write_is_conditional() {
    for way in WAYS {
        let (mut a, mut b) = talkative_pair();
        let server = faults("");
        a.sync_well(&way(&server));
        b.sync_well(&way(&server));
        let conditional = |name: &str| name.starts_with("if-");
        let seen = server.take_seen();
        assert!(seen.iter().all(|r| !r.headers.iter().any(|(name, _)| conditional(name))));
    }
}

#[test]
fn f15_three_endpoints_and_one_down_for_a_week() {
    let (mut a, mut b) = talkative_pair();
    let servers = [faults(""), faults("* * 503"), faults("")];
    let remotes = servers.each_ref().map(dav);
    let (mut of_a, mut of_b) = ([(); 3].map(|()| Exchange::default()), [(); 3].map(|()| Exchange::default()));
    const HOUR_MS: u64 = 3_600_000;
    for hour in 0..7 * 24 {
        let now_ms = START_MS + hour * HOUR_MS;
        if hour % 8 == 0 {
            a.device.note(&format!("a {hour}"));
            b.device.note(&format!("b {hour}"));
        }
        for (party, exchanges) in [(&mut a, &mut of_a), (&mut b, &mut of_b)] {
            for (exchange, remote) in exchanges.iter_mut().zip(&remotes) {
                if exchange.pace.may_try(now_ms) {
                    let _ = wait(exchange.round(remote, &*party.device.shelf, Direction::Both, now_ms, hour));
                }
            }
        }
    }
    for exchanges in [&of_a, &of_b] {
        let failed: Vec<u64> = exchanges.iter().map(|e| e.status.failed).collect();
        assert!(failed[1] > 20 && failed[0] == 0 && failed[2] == 0, "{failed:?}");
        let pending: Vec<u64> = exchanges.iter().map(|e| e.status.pending).collect();
        assert!(pending[1] > 20 && pending[0] == 0 && pending[2] == 0, "each has a cursor of its own: {pending:?}");
    }
    a.sync_well(&remotes[0]);
    assert_converged(&[&a, &b]);
    servers[1].script("");
    for _ in 0..2 {
        for (party, exchanges) in [(&a, &mut of_a), (&b, &mut of_b)] {
            let now_ms = START_MS + 8 * 24 * HOUR_MS;
            assert!(exchanges[1].pace.may_try(now_ms));
            wait(exchanges[1].round(&remotes[1], &*party.device.shelf, Direction::Both, now_ms, 0)).unwrap();
        }
    }
    // partial tiles of the states between differ; what any reader needs is there
    for party in [&a, &b] {
        let mut reader = Party::new(super::devices::Device::join(9, &party.device.project()));
        wait(reader.exchange.round(&remotes[1], &*reader.device.shelf, Direction::In, u64::MAX, 0)).unwrap();
        assert_eq!(reader.device.holds_of(&party.device), *party.device.said.borrow());
    }
}
