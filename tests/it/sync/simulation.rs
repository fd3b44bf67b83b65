//! Several devices on a bad network, by seed: whatever happens, nobody ever holds what its author did not say, and when
//! the network is good again, all hold the same.

use super::devices::{Device, START_MS};
use super::faulty::{Dice, Fault, Line};
use countersign::storage::{Memory, Within};
use countersign::sync::{Care, Direction, Exchange};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Polls futures in an order drawn by dice until all are done.
fn run_in_any_order(mut tasks: Vec<Pin<Box<dyn Future<Output = ()>>>>, dice: &Dice) {
    let mut context = Context::from_waker(Waker::noop());
    while !tasks.is_empty() {
        let chosen = dice.below(tasks.len() as u64) as usize;
        if tasks[chosen].as_mut().poll(&mut context) == Poll::Ready(()) {
            drop(tasks.swap_remove(chosen));
        }
    }
}

/// What one tab of a device does on a bad day.
async fn live(device: Rc<Device>, line: Line, dice: Dice, steps: u64, truth: Rc<RefCell<Vec<Rc<Device>>>>) {
    let mut exchange = Exchange::default();
    for step in 0..steps {
        for _ in 0..dice.below(4) {
            device.note(&format!("step {step}: {}", "x".repeat(dice.below(200) as usize)));
        }
        // a partition now and then
        let cut = dice.chance(20).then_some(Fault::Offline);
        line.fault.set(cut);
        let now_ms = START_MS + step * 1_000;
        let direction = [Direction::Both, Direction::Out, Direction::In][dice.below(3) as usize];
        let _ = exchange.round(&line, &*device.shelf, direction, now_ms, dice.roll()).await;
        if dice.chance(10) {
            exchange = Exchange::default();
        }
        for author in truth.borrow().iter() {
            let held = device.holds_of(author);
            let said = author.said.borrow();
            assert_eq!(held[..], said[..held.len()], "holds only what was said, in order");
        }
    }
}

fn simulate(seed: u64) {
    let dice = Dice::new(seed);
    let objects = Memory::default();
    let owner = Rc::new(Device::owner(1, "simulation"));
    let count = 2 + dice.below(3) as u8;
    let mut devices = vec![owner.clone()];
    for number in 2..=count {
        let device = Rc::new(Device::join(number, &owner.project()));
        owner.grant(&device);
        devices.push(device);
    }
    let truth = Rc::new(RefCell::new(devices.clone()));
    let mut tasks: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
    for device in &devices {
        // some devices have two tabs open
        for _ in 0..=dice.below(2) {
            let line = Line::to(&objects, dice.roll());
            line.noise.set(dice.below(30));
            tasks.push(Box::pin(live(device.clone(), line, Dice::new(dice.roll()), 12, truth.clone())));
        }
    }
    run_in_any_order(tasks, &dice);

    // good weather: everyone sends all again, then pulls until there is no news
    let storage = Within::new(&objects, "").unwrap();
    for round in 0..3 {
        for device in &devices {
            let care = if round == 0 { Care::Whole } else { Care::Quick };
            let mut exchange = Exchange::default();
            let going = exchange.careful_round(&storage, &*device.shelf, Direction::Both, care, START_MS, dice.roll());
            let tally = crate::storage::wait(going).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            let last = round == 2;
            assert!(!last || (tally.problems.is_empty() && tally.objects == 0), "seed {seed}: {:?}", tally.problems);
        }
    }
    for holder in &devices {
        for author in &devices {
            assert_eq!(holder.holds_of(author), *author.said.borrow(), "seed {seed}");
            let lines = holder.shelf.lines(&author.id);
            assert_eq!(lines, author.shelf.lines(&author.id), "seed {seed}: bodies too");
        }
    }
}

#[test]
fn all_devices_hold_the_same_in_the_end() {
    // SEED=n repeats one failure, SEEDS=n looks longer
    let number = |name: &str| std::env::var(name).ok().and_then(|s| s.parse::<u64>().ok());
    match number("SEED") {
        Some(seed) => simulate(seed),
        None => (0..number("SEEDS").unwrap_or(12)).for_each(simulate),
    }
}
