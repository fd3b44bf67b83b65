//! A list of any length of which only the part in sight is drawn. The room above and below is kept by two empty drawings
//! of that height: a height as an attribute needs no inline style, which a strict content security policy forbids.

use super::find::Rows;
use crate::domain::id::TaskId;
use crate::ui::desk::Seat;
use crate::ui::face::Door;
use crate::ui::hooks::{Ctx, use_ctx, use_desk};
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::work::status_word;
use crate::ui::text::Word;
use crate::view::model::{TaskRow, TaskStatus};
use std::ops::Range;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Height of a row before it was measured, in CSS pixels.
const ROW_PX: u32 = 44;
/// Rows in sight before the list was measured.
const IN_SIGHT: usize = 24;
/// The window moves in steps of this many rows, and this many are drawn beyond the sight on each side.
const STEP: usize = 8;

/// Properties of [`TaskList`].
#[derive(Properties, PartialEq)]
pub struct ListProps {
    /// Every row.
    pub rows: Rc<Rows>,
    /// The places of those that are shown; `None` for all.
    pub shown: Option<Rc<Vec<u32>>>,
}

impl ListProps {
    fn count(&self) -> usize {
        self.shown.as_ref().map_or(self.rows.len(), |shown| shown.len())
    }

    fn row(&self, at: usize) -> Option<&TaskRow> {
        match &self.shown {
            None => self.rows.get(at),
            Some(shown) => self.rows.get(*shown.get(at)? as usize),
        }
    }

    fn place_of(&self, task: &TaskId) -> Option<usize> {
        (0..self.count()).find(|at| self.row(*at).is_some_and(|row| row.task == *task))
    }
}

/// Where the list stands: the height of a row, and which rows are in sight.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Sight {
    row_px: u32,
    first: usize,
    rows: usize,
}

impl Sight {
    /// The rows to draw.
    fn window(self, count: usize) -> Range<usize> {
        let first = self.first.min(count.saturating_sub(1));
        let from = (first / STEP * STEP).saturating_sub(STEP);
        let to = (first + self.rows).div_ceil(STEP) * STEP + STEP;
        from..to.min(count)
    }

    /// The first row in sight after the list is scrolled to show `at`, or `None` where it is in sight.
    fn reveal(self, at: usize) -> Option<usize> {
        // the last one in sight may be cut
        let whole = self.rows.saturating_sub(2).max(1);
        if at < self.first {
            Some(at)
        } else if at >= self.first + whole {
            Some(at + 1 - whole)
        } else {
            None
        }
    }
}

/// The place a key leads to.
fn step(key: &str, at: usize, page: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    Some(match key {
        "ArrowDown" => (at + 1).min(last),
        "ArrowUp" => at.saturating_sub(1),
        "PageDown" => (at + page).min(last),
        "PageUp" => at.saturating_sub(page),
        "Home" => 0,
        "End" => last,
        _ => return None,
    })
}

/// The list.
#[component]
pub fn TaskList(props: &ListProps) -> Html {
    let ctx = use_ctx();
    let current = use_desk(Seat::Label, |desk| desk.task.clone());
    let node = use_node_ref();
    let count = props.count();
    let sight = use_state(|| Sight { row_px: ROW_PX, first: 0, rows: IN_SIGHT });
    let active = use_state(|| 0usize);
    let at = (*active).min(count.saturating_sub(1));
    {
        // begins at the task in hand
        let place = current.as_ref().as_ref().and_then(|task| props.place_of(task)).unwrap_or(0);
        let (node, sight, active) = (node.clone(), sight.clone(), active.clone());
        use_effect_with(props.shown.as_ref().map(Rc::as_ptr), move |_| {
            let Some(list) = node.cast::<HtmlElement>() else { return };
            let measured = measure(&list);
            let first = place.saturating_sub(2);
            list.set_scroll_top((first as u32 * measured.row_px) as i32);
            sight.set(measure(&list));
            active.set(place);
        });
    }
    let look = {
        let (node, sight) = (node.clone(), sight.clone());
        Callback::from(move |_: Event| {
            let Some(list) = node.cast::<HtmlElement>() else { return };
            let now = measure(&list);
            if now.window(usize::MAX - STEP) != sight.window(usize::MAX - STEP) || now.row_px != sight.row_px {
                sight.set(now);
            }
        })
    };
    let onkeydown = {
        let (node, sight, active, task) =
            (node.clone(), sight.clone(), active.clone(), props.row(at).map(|row| row.task.clone()));
        ctx.on(move |ctx, event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            if let (true, Some(task)) = (event.key() == "Enter", &task) {
                event.prevent_default();
                take(ctx, task);
                return;
            }
            let Some(list) = node.cast::<HtmlElement>() else { return };
            let now = measure(&list);
            let Some(to) = step(&event.key(), at, now.rows.saturating_sub(2).max(1), count) else { return };
            event.prevent_default();
            event.stop_propagation();
            active.set(to);
            if let Some(first) = now.reveal(to) {
                list.set_scroll_top((first as u32 * now.row_px) as i32);
                sight.set(measure(&list));
            }
        })
    };
    let window = sight.window(count);
    let (above, below) = (window.start as u32 * sight.row_px, (count - window.end) as u32 * sight.row_px);
    let on = window.contains(&at).then(|| format!("task-{at}"));
    html! {
        <>
            <div class="task-list" role="listbox" tabindex="0" aria-label={ctx.t(Word::Tasks)} aria-describedby="task-list-hint"
                aria-activedescendant={on} ref={node} onscroll={look} {onkeydown}>
                <svg class="room" width="1" height={above.to_string()} aria-hidden="true" focusable="false"></svg>
                for (place, row) in window.filter_map(|place| Some((place, props.row(place)?))) {
                    <Item key={row.task.as_str()} row={row.clone()} current={current.as_ref().as_ref() == Some(&row.task)}
                        active={place == at} {place} {count} />
                }
                <svg class="room" width="1" height={below.to_string()} aria-hidden="true" focusable="false"></svg>
            </div>
            <p id="task-list-hint" class="quiet hint">{ ctx.t(Word::TaskListHint) }</p>
        </>
    }
}

fn measure(list: &HtmlElement) -> Sight {
    let row = list.query_selector("[role=option]").ok().flatten();
    let row_px = row.map_or(ROW_PX, |row| row.get_bounding_client_rect().height().round() as u32).max(16);
    let rows = (list.client_height().max(0) as u32).div_ceil(row_px) as usize + 1;
    Sight { row_px, first: (list.scroll_top().max(0) as u32 / row_px) as usize, rows }
}

fn take(ctx: &Ctx, task: &TaskId) {
    ctx.hub.take(Some(task.clone()));
    ctx.hub.say(Door::Panels, Word::LoadingTask);
}

#[derive(Properties, PartialEq)]
struct ItemProps {
    row: TaskRow,
    place: usize,
    count: usize,
    current: bool,
    active: bool,
}

#[component]
fn Item(props: &ItemProps) -> Html {
    let ctx = use_ctx();
    let ItemProps { row, place, count, current, active } = props;
    let onclick = {
        let task = row.task.clone();
        ctx.on(move |ctx, _: MouseEvent| take(ctx, &task))
    };
    html! {
        <div class={classes!("task-row", active.then_some("active"), current.then_some("current"))} role="option"
            id={format!("task-{place}")} aria-selected={current.to_string()} aria-posinset={(place + 1).to_string()}
            aria-setsize={count.to_string()} {onclick}>
            <span class="ordinal">{ row.ordinal }</span>
            <span class="excerpt" dir="auto">{ row.excerpt.clone() }</span>
            if row.predicted {
                <span class="predicted" title={ctx.t(Word::Predicted)}>{ icon(Icon::Star) }<span class="unseen">{ ctx.t(Word::Predicted) }</span></span>
            }
            <span class={classes!("status", status_class(row.status))}>
                { icon(status_icon(row.status)) }<span>{ ctx.t(status_word(row.status)) }</span>
            </span>
            if *current {
                <span class="unseen">{ ctx.t(Word::NowOpen) }</span>
            }
        </div>
    }
}

fn status_class(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Todo => "todo",
        TaskStatus::Draft => "draft",
        TaskStatus::Submitted => "submitted",
        TaskStatus::Skipped => "skipped",
        TaskStatus::Withdrawn => "withdrawn",
    }
}

fn status_icon(status: TaskStatus) -> Icon {
    match status {
        TaskStatus::Todo => Icon::Tray,
        TaskStatus::Draft => Icon::Clock,
        TaskStatus::Submitted => Icon::Check,
        TaskStatus::Skipped => Icon::Right,
        TaskStatus::Withdrawn => Icon::Undo,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(first: usize, rows: usize) -> Sight {
        Sight { row_px: 40, first, rows }
    }

    #[test]
    fn windows_hold_the_sight_and_a_little_more() {
        for (first, rows, count, expect) in [
            (0, 20, 100_000, 0..32),
            (7, 20, 100_000, 0..40),
            (50_000, 20, 100_000, 49_992..50_032),
            (99_990, 20, 100_000, 99_976..100_000),
            (500, 20, 10, 0..10),
            (0, 20, 0, 0..0),
        ] {
            assert_eq!(sight(first, rows).window(count), expect, "{first} {rows} {count}");
        }
    }

    #[test]
    fn a_row_comes_into_sight_with_the_least_scrolling() {
        for (first, rows, at, expect) in
            [(10, 12, 10, None), (10, 12, 19, None), (10, 12, 20, Some(11)), (10, 12, 9, Some(9)), (0, 1, 0, None)]
        {
            assert_eq!(sight(first, rows).reveal(at), expect, "{first} {rows} {at}");
        }
    }

    #[test]
    fn keys() {
        for (key, at, expect) in [
            ("ArrowDown", 0, Some(1)),
            ("ArrowDown", 99, Some(99)),
            ("ArrowUp", 0, Some(0)),
            ("PageDown", 5, Some(15)),
            ("PageUp", 5, Some(0)),
            ("Home", 50, Some(0)),
            ("End", 50, Some(99)),
            ("a", 50, None),
        ] {
            assert_eq!(step(key, at, 10, 100), expect, "{key}");
        }
        assert_eq!(step("ArrowDown", 0, 10, 0), None);
    }
}
