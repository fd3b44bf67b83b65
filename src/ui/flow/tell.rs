//! Telling the person and the host page: what a screen reader says, short messages, events.

use crate::domain::refusal::Refusal;
use crate::ui::desk::Seat;
use crate::ui::face::{Door, Toast};
use crate::ui::hub::Hub;
use crate::ui::text::{self, Word};
use crate::ui::title;
use crate::view::protocol::Trouble;

/// Messages that stand at once; the oldest good one makes room.
const TOASTS: usize = 4;

impl Hub {
    /// Has a screen reader say a text.
    pub fn say(&self, door: Door, word: Word) {
        self.say_with(door, word, &[]);
    }

    /// The same, with blanks filled.
    pub fn say_with(&self, door: Door, word: Word, blanks: &[(&str, &str)]) {
        let words = text::fill(self.t(word), blanks);
        self.change_face(door, |face| face.said = (face.said.0.wrapping_add(1), words));
    }

    /// Shows a short message.
    pub fn toast(&self, door: Door, text: &str, bad: bool) {
        self.change_face(door, |face| {
            let number = face.toasts.last().map_or(1, |t| t.number + 1);
            face.toasts.retain(|t| t.text != text);
            face.toasts.push(Toast { number, text: text.to_owned(), bad });
            if face.toasts.len() > TOASTS {
                let at = face.toasts.iter().position(|t| !t.bad).unwrap_or(0);
                face.toasts.remove(at);
            }
        });
    }

    /// Shows what went wrong.
    pub fn show_trouble(&self, door: Door, trouble: &Trouble) {
        let lang = self.lang();
        let words = match trouble {
            Trouble::Refused { refusal } => {
                let view = self.desk(door.seat(), |desk| desk.view.clone());
                let about = view.zip(text::refusal_control(refusal));
                let about = about.map(|(view, control)| title::of_control(lang, &view, control));
                text::refusal_about(lang, refusal, &about.unwrap_or_default())
            }
            fault => text::trouble(lang, fault),
        };
        self.toast(door, &words, true);
    }

    pub(super) fn dispatch(&self, name: &str, detail: &[(&str, &str)]) {
        let detail: serde_json::Map<_, _> = detail.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
        (self.host.dispatch)(name, &serde_json::Value::Object(detail).to_string());
    }

    pub(super) fn dispatch_error(&self, trouble: &Trouble) {
        self.dispatch(
            "error",
            &[("code", text::trouble_code(trouble)), ("message", &text::trouble(self.lang(), trouble))],
        );
    }

    /// The control that the last refusal is about.
    pub fn refused_control(&self, seat: Seat) -> Option<(String, Refusal)> {
        self.desk(seat, |desk| {
            let refusal = desk.refused.clone()?;
            Some((text::refusal_control(&refusal)?.to_owned(), refusal))
        })
    }
}
