//! Keys: what chord was pressed, and which key gives which answer. Pure, so that the table can be tested and printed.

use crate::domain::schema::{ControlKind, Schema};

/// A pressed chord, or one written in a table. `command` is Ctrl, or the command key on a Mac.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chord {
    /// The key's value, letters in lower case: `a`, `enter`, `[`, `arrowleft`.
    pub key: String,
    /// Ctrl or the command key.
    pub command: bool,
    /// Alt.
    pub alt: bool,
    /// Shift. Not compared for keys that need it to be typed, as `?` does.
    pub shift: bool,
}

impl Chord {
    /// Reads the written form: `mod+shift+z`, `x`, `?`.
    pub fn parse(text: &str) -> Self {
        let mut chord = Self::default();
        let mut rest = text;
        while let Some((part, after)) = rest.split_once('+') {
            match part {
                "mod" => chord.command = true,
                "alt" => chord.alt = true,
                "shift" => chord.shift = true,
                _ => break,
            }
            rest = after;
        }
        chord.key = rest.to_lowercase();
        chord
    }

    /// What an event of the keyboard says.
    pub fn of(event: &yew::KeyboardEvent) -> Self {
        Self {
            key: event.key().to_lowercase(),
            command: event.ctrl_key() || event.meta_key(),
            alt: event.alt_key(),
            shift: event.shift_key(),
        }
    }

    /// One character, no command key and no Alt: a key that a person typing text would press.
    pub fn is_single(&self) -> bool {
        !self.command && !self.alt && self.key.chars().count() == 1
    }

    /// The pressed chord is this one of a table.
    pub fn is(&self, written: &Self) -> bool {
        let needs_shift_to_type = self.is_single() && !self.key.chars().all(char::is_alphanumeric);
        self.key == written.key
            && self.command == written.command
            && self.alt == written.alt
            && (needs_shift_to_type || self.shift == written.shift)
    }
}

/// A chord's written form, for people: `Ctrl+Shift+Z`.
pub fn shown(written: &str) -> String {
    let chord = Chord::parse(written);
    let mut out = String::new();
    for (on, name) in [(chord.command, "Ctrl+"), (chord.alt, "Alt+"), (chord.shift, "Shift+")] {
        if on {
            out.push_str(name);
        }
    }
    match chord.key.as_str() {
        "enter" => out.push_str("Enter"),
        "delete" => out.push_str("Del"),
        "backspace" => out.push('⌫'),
        "escape" => out.push_str("Esc"),
        key if out.is_empty() => out.push_str(key),
        key => out.push_str(&key.to_uppercase()),
    }
    out
}

/// A name with its shortcut, for where only the name is shown.
pub fn hint(name: &str, key: Option<&str>) -> String {
    key.map_or_else(|| name.to_owned(), |key| format!("{name} ({key})"))
}

/// A shown shortcut, as the attribute for screen readers writes it.
pub fn aria(key: Option<&str>) -> Option<String> {
    key.map(|key| key.replace("Ctrl", "Control").replace("Del", "Delete"))
}

/// What an answer's key does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Choose, or mark with, the option at that place of a control.
    Pick {
        /// The control.
        control: String,
        /// The place in its list.
        at: usize,
    },
    /// Give that rating.
    Rate {
        /// The control.
        control: String,
        /// From 1.
        stars: u32,
    },
    /// Go to the control.
    Go {
        /// The control.
        control: String,
    },
}

/// Keys that are given out to answers, in this order: digits, then the letters that no action has.
const POOL: &str = "1234567890qwsdfyipzcvbnmhlu";

/// The keys that answers may get, for tests of the actions.
pub fn pool() -> &'static str {
    POOL
}

/// Stars beyond this many get no keys.
const RATING_KEYS: u32 = 5;

/// The keys of a schema's answers: those that the configuration asks for, then the pool in the order of the controls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerKeys(Vec<(char, Target)>);

impl AnswerKeys {
    /// Gives keys to the answers of a schema.
    pub fn allot(schema: &Schema) -> Self {
        let mut keys = Self::default();
        let mut free = vec![];
        for control in &schema.controls {
            let name = || control.name.clone();
            match &control.kind {
                ControlKind::Choices { choices: list, .. } | ControlKind::Labels { labels: list, .. } => {
                    for (at, option) in list.iter().enumerate() {
                        let target = Target::Pick { control: name(), at };
                        match option.hotkey.as_deref().and_then(single) {
                            Some(key) if keys.target(key).is_none() => keys.0.push((key, target)),
                            _ => free.push(target),
                        }
                    }
                }
                ControlKind::Rating { max } if *max <= RATING_KEYS => {
                    free.extend((1..=*max).map(|stars| Target::Rate { control: name(), stars }));
                }
                _ => free.push(Target::Go { control: name() }),
            }
        }
        let mut pool = POOL.chars().filter(|key| keys.target(*key).is_none()).collect::<Vec<_>>().into_iter();
        let given: Vec<_> = free.into_iter().map_while(|target| Some((pool.next()?, target))).collect();
        keys.0.extend(given);
        keys
    }

    /// What a key does.
    pub fn target(&self, key: char) -> Option<&Target> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, target)| target)
    }

    /// What a pressed chord does.
    pub fn pressed(&self, chord: &Chord) -> Option<&Target> {
        let mut chars = chord.key.chars();
        let shifted = chord.shift && chord.key.chars().all(char::is_alphanumeric);
        match (chord.is_single() && !shifted, chars.next()) {
            (true, Some(key)) => self.target(key),
            _ => None,
        }
    }

    /// The key of an option.
    pub fn of_pick(&self, control: &str, at: usize) -> Option<char> {
        self.find(|t| matches!(t, Target::Pick { control: c, at: a } if c == control && *a == at))
    }

    /// The key of a rating.
    pub fn of_rate(&self, control: &str, stars: u32) -> Option<char> {
        self.find(|t| matches!(t, Target::Rate { control: c, stars: s } if c == control && *s == stars))
    }

    /// The key that goes to a control.
    pub fn of_go(&self, control: &str) -> Option<char> {
        self.find(|t| matches!(t, Target::Go { control: c } if c == control))
    }

    fn find(&self, is: impl Fn(&Target) -> bool) -> Option<char> {
        self.0.iter().find(|(_, target)| is(target)).map(|(key, _)| *key)
    }
}

/// A configured hotkey counts where it is one plain character.
fn single(hotkey: &str) -> Option<char> {
    let mut chars = hotkey.trim().chars();
    match (chars.next(), chars.next()) {
        (Some(key), None) => key.to_lowercase().next(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schema::{Control, LabelOption};

    fn pressed(key: &str, command: bool, shift: bool) -> Chord {
        Chord { key: key.into(), command, alt: false, shift }
    }

    #[test]
    fn chords() {
        for (written, press, expect) in [
            ("x", pressed("x", false, false), true),
            ("x", pressed("x", false, true), false),
            ("x", pressed("x", true, false), false),
            ("?", pressed("?", false, true), true),
            ("mod+enter", pressed("enter", true, false), true),
            ("mod+z", pressed("z", true, false), true),
            ("mod+z", pressed("z", true, true), false),
            ("mod+shift+z", pressed("z", true, true), true),
            ("]", pressed("]", false, false), true),
        ] {
            assert_eq!(press.is(&Chord::parse(written)), expect, "{written} {press:?}");
        }
        for (written, expect) in [("mod+shift+z", "Ctrl+Shift+Z"), ("x", "x"), ("mod+enter", "Ctrl+Enter"), ("?", "?")]
        {
            assert_eq!(shown(written), expect);
        }
    }

    fn choices(name: &str, n: usize, hotkey: Option<&str>) -> Control {
        let option = |at: usize| LabelOption {
            value: format!("v{at}"),
            hotkey: hotkey.filter(|_| at == 0).map(Into::into),
            ..LabelOption::default()
        };
        Control {
            name: name.into(),
            to_fields: vec![],
            title: None,
            required: false,
            per_region: false,
            kind: ControlKind::Choices { multiple: false, choices: (0..n).map(option).collect() },
        }
    }

    #[test]
    fn digits_first_then_letters_that_no_action_has() {
        let schema = Schema { fields: vec![], controls: vec![choices("a", 4, Some("x")), choices("b", 30, None)] };
        let keys = AnswerKeys::allot(&schema);
        assert_eq!(keys.of_pick("a", 0), Some('x'), "what the configuration asks for");
        assert_eq!(keys.of_pick("a", 1), Some('1'));
        assert_eq!(keys.of_pick("b", 0), Some('4'));
        assert_eq!(keys.of_pick("b", 7), Some('q'));
        assert_eq!(keys.of_pick("b", 29), None, "the pool is empty");
        assert_eq!(keys.pressed(&pressed("4", false, false)), Some(&Target::Pick { control: "b".into(), at: 0 }));
        assert_eq!(keys.pressed(&pressed("4", true, false)), None);
        let mut seen: Vec<_> = keys.0.iter().map(|(key, _)| *key).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), keys.0.len(), "each key once");
    }
}
