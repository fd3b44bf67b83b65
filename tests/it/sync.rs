//! Exchange between devices: what must arrive, what must be refused, and what must never be lost.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests: a panic is the report")]

mod check;
mod devices;
mod faults;
mod faulty;
mod http;
mod rows;
mod simulation;
mod terminal;
mod webhook;
mod wire;

use crate::storage::wait;
use countersign::storage::{Memory, Storage};
use countersign::sync::{Direction, Exchange, Stop, Tally};
use devices::{Device, START_MS};

/// One device with its exchange through one endpoint.
struct Party {
    device: Device,
    exchange: Exchange,
}

impl Party {
    fn new(device: Device) -> Self {
        Self { device, exchange: Exchange::default() }
    }

    fn sync<S: Storage>(&mut self, storage: &S) -> Result<Tally, Stop> {
        wait(self.exchange.round(storage, &*self.device.shelf, Direction::Both, START_MS, 7))
    }

    /// A round that must succeed and find nothing wrong.
    fn sync_well<S: Storage>(&mut self, storage: &S) -> Tally {
        let tally = self.sync(storage).unwrap();
        assert_eq!(tally.problems, []);
        tally
    }

    /// A round that succeeds and reports these codes.
    fn sync_with<S: Storage>(&mut self, storage: &S, codes: &[&str]) -> Tally {
        let tally = self.sync(storage).unwrap();
        assert_eq!(tally.problems.iter().map(|p| p.wrong.code()).collect::<Vec<_>>(), codes, "{:?}", tally.problems);
        tally
    }
}

/// An owner and an annotator who was granted a key; nothing was exchanged yet.
fn pair() -> (Party, Party) {
    let owner = Device::owner(1, "pair");
    let other = Device::join(2, &owner.project());
    owner.grant(&other);
    (Party::new(owner), Party::new(other))
}

fn assert_converged(parties: &[&Party]) {
    for holder in parties {
        for author in parties {
            assert_eq!(holder.device.holds_of(&author.device), *author.device.said.borrow(), "{}", author.device.id);
        }
    }
}

/// Two devices that say things and sync until both hold everything, through any endpoint.
pub fn two_devices_converge<S: Storage>(storage: &S) {
    let (mut a, mut b) = pair();
    let release = b"covered tasks".to_vec();
    let digest = a.device.shelf.add_release(release.clone());
    a.device.say(countersign::domain::event::Fact::TasksReleased { count: 1, digest: digest.digest() });
    for number in 0..300 {
        a.device.note(&format!("remark {number}"));
    }
    assert_eq!(a.sync_well(storage).sent, 303);
    assert_eq!((b.sync_well(storage).received, b.exchange.status.sent), (303, 1));
    assert_eq!(b.device.shelf.all_releases(), [(digest, release)]);
    b.device.note("grown");
    let sent = b.sync_well(storage);
    assert_eq!((sent.sent, sent.received), (1, 0));
    assert_eq!(a.sync_well(storage).received, 2);
    assert_converged(&[&a, &b]);
    assert_eq!(a.device.shelf.lines(&b.device.id), b.device.shelf.lines(&b.device.id), "bodies too");
    let quiet = a.sync_well(storage);
    assert_eq!((quiet.objects, quiet.received, quiet.pending), (0, 0, 0), "nothing to do, nothing done");
    // a third device, later, gets the same
    let mut c = Party::new(Device::join(3, &a.device.project()));
    assert_eq!(c.sync_well(storage).received, 305);
    a.sync_well(storage);
    b.sync_well(storage);
    assert_converged(&[&a, &b, &c]);
}

#[test]
fn two_devices_converge_in_memory() {
    two_devices_converge(&Memory::default());
}

#[test]
fn two_devices_converge_through_a_sloppy_webdav_folder() {
    let server = crate::servers::nginx();
    two_devices_converge(&crate::storage::remote(&server));
}

#[test]
fn two_devices_converge_through_an_azure_container() {
    let server = crate::servers::azure();
    two_devices_converge(&crate::storage::remote(&server));
}

#[test]
fn two_devices_converge_through_a_table_of_rows() {
    let server = crate::servers::rows();
    two_devices_converge(&crate::storage::remote(&server));
}

#[test]
fn two_devices_converge_through_a_bucket() {
    let server = crate::servers::s3();
    two_devices_converge(&crate::storage::remote(&server));
}

#[test]
fn two_devices_converge_through_a_webdav_folder() {
    let server = crate::servers::webdav();
    two_devices_converge(&crate::storage::remote(&server));
}
