//! Twenty devices on a bad network, by seed (row P1 of the table of faults): partitions, duplicates, reordering, an
//! endpoint that lies, clocks that jump. Whatever happens, nobody ever holds what its author did not say; when the network
//! is good again, all hold the same, and fold it into the same state.
//!
//! `SEED=n cargo test --test it sync::simulation` repeats one failure; `make simulate` runs a thousand (`SEEDS=n`).

use super::devices::{Device, START_MS};
use super::faulty::{Dice, Fault, Line};
use countersign::log::{Against, EntryHash, LogReader, verify_and_fold};
use countersign::storage::{Memory, Storage};
use countersign::sync::{Care, Direction, Exchange, LocalStore};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

const DEVICES: u8 = 20;
const STEPS: u64 = 4;
const SEEDS: u64 = 50;

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

/// The endpoints of the project.
struct World {
    /// An honest one, and a second that half of the devices reach.
    honest: [Memory; 2],
    /// One that lies, each time in another way.
    liar: Memory,
    devices: Vec<Rc<Device>>,
}

impl World {
    fn new(dice: &Dice) -> Rc<Self> {
        let owner = Rc::new(Device::owner(1, "simulation"));
        let mut devices = vec![owner.clone()];
        for number in 2..=DEVICES {
            let device = Rc::new(Device::join(number, &owner.project()));
            // some joined and are granted nothing: their logs come by the listing alone
            if dice.chance(80) {
                owner.grant(&device);
            }
            devices.push(device);
        }
        Rc::new(Self { honest: Default::default(), liar: Memory::default(), devices })
    }

    /// No device holds anything of another's log that it did not say, in its order. The last entry tells: it names the one
    /// before it, and so on.
    async fn check(&self, holder: &Device, seed: u64) {
        for author in &self.devices {
            let head = holder.shelf.head(&author.id).await.unwrap();
            let said = head.size.checked_sub(1).and_then(|at| author.said.borrow().get(at as usize).copied());
            assert!(head.last == said, "seed {seed}: {} holds what {} never said", holder.id, author.id);
        }
    }
}

/// What one tab of a device does on a bad day.
async fn live(world: Rc<World>, device: Rc<Device>, dice: Dice, seed: u64) {
    const LIES: [Fault; 6] = [Fault::Stale, Fault::Hidden, Fault::CutRead, Fault::CutWrite, Fault::Page, Fault::Holes];
    let lines: Vec<Line> = world.honest.iter().map(|m| Line::to(m, dice.roll())).collect();
    lines.iter().for_each(|line| line.noise.set(dice.below(25)));
    let liar = Line::to(&world.liar, dice.roll());
    let mut exchanges: Vec<Exchange> = (0..3).map(|_| Exchange::default()).collect();
    // on one side of a partition or on the other, sometimes on both
    let sides = [&[0_usize][..], &[1], &[0, 1]][dice.below(3) as usize];
    for step in 0..STEPS {
        if dice.chance(15) {
            // minutes and hours, and now and then a day, back and on
            let reach_ms = [600_000, 7_200_000, 86_400_000][dice.below(3) as usize];
            device.jump(dice.below(2 * reach_ms) as i64 - reach_ms as i64);
        }
        for _ in 0..dice.below(2) {
            device.note(&format!("step {step}: {}", "x".repeat(dice.below(200) as usize)));
        }
        liar.fault.set(Some(LIES[dice.below(6) as usize]));
        let reached = sides.iter().map(|side| (*side, &lines[*side])).chain([(2, &liar)]);
        for (number, line) in reached.filter(|_| dice.chance(70)) {
            if number < 2 {
                line.fault.set(dice.chance(20).then_some(Fault::Offline));
            }
            let direction = [Direction::Both, Direction::Out, Direction::In][dice.below(3) as usize];
            let care = [Care::Quick, Care::Listed, Care::Whole][dice.below(3) as usize];
            let now_ms = device.now_ms();
            let going = exchanges[number].careful_round(line, &*device.shelf, direction, care, now_ms, dice.roll());
            let _ = going.await;
            world.check(&device, seed).await;
            if dice.chance(10) {
                // closed and opened again
                exchanges[number] = Exchange::default();
            }
        }
    }
}

/// What a device makes of all that it holds: a hash of the state that the logs fold into.
fn state_hash(device: &Device, seed: u64) -> EntryHash {
    let readers = device.shelf.devices().iter().map(|d| LogReader::of_bytes(&device.shelf.lines(d), None)).collect();
    let (report, state) = verify_and_fold(readers, &Against::default());
    let found: Vec<_> = report.logs.iter().flat_map(|log| &log.problems).collect();
    assert!(report.ok, "seed {seed}: {found:?}");
    EntryHash::of(format!("{state:?}").as_bytes())
}

fn simulate(seed: u64) {
    let dice = Dice::new(seed);
    let world = World::new(&dice);
    let mut tasks: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
    for device in &world.devices {
        // some devices have two tabs open
        for _ in 0..=u8::from(dice.chance(20)) {
            tasks.push(Box::pin(live(world.clone(), device.clone(), Dice::new(dice.roll()), seed)));
        }
    }
    run_in_any_order(tasks, &dice);

    // good weather at the first endpoint: everyone sends again, then pulls until there is no news
    for round in 0..3 {
        for device in &world.devices {
            let care = if round == 0 { Care::Whole } else { Care::Quick };
            good_round(&world.honest[0], device, care, round == 2, seed);
        }
    }
    let truth = state_hash(&world.devices[0], seed);
    for holder in &world.devices {
        for author in &world.devices {
            assert_eq!(holder.holds_of(author), *author.said.borrow(), "seed {seed}");
            let same = holder.shelf.lines(&author.id) == author.shelf.lines(&author.id);
            assert!(same, "seed {seed}: bodies too");
        }
    }
    // the same lines give the same state; a few devices fold them to see
    for holder in world.devices.iter().step_by(7) {
        assert_eq!(state_hash(holder, seed), truth, "seed {seed}");
    }
}

fn good_round<S: Storage>(storage: &S, device: &Device, care: Care, last: bool, seed: u64) {
    let mut exchange = Exchange::default();
    let now_ms = START_MS + 30 * 86_400_000;
    let going = exchange.careful_round(storage, &*device.shelf, Direction::Both, care, now_ms, seed);
    let tally = crate::storage::wait(going).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    assert!(!last || (tally.problems.is_empty() && tally.objects == 0), "seed {seed}: {:?}", tally.problems);
}

#[test]
fn all_devices_hold_the_same_in_the_end() {
    let number = |name: &str| std::env::var(name).ok().and_then(|s| s.parse::<u64>().ok());
    match number("SEED") {
        Some(seed) => simulate(seed),
        None => {
            // a seed is a world of its own, so each processor has its share of them
            let workers = std::thread::available_parallelism().map_or(1, usize::from);
            let seeds = number("SEEDS").unwrap_or(SEEDS);
            std::thread::scope(|scope| {
                for first in 0..workers {
                    scope.spawn(move || (first as u64..seeds).step_by(workers).for_each(simulate));
                }
            });
        }
    }
}
