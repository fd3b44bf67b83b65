//! Every text of the interface, in one table per language, and the words for codes that come from elsewhere: refusals,
//! faults, kinds of events, coefficients. Components hold no literals of a language; a translator edits this folder only.

mod codes;
mod table;

pub use codes::{
    custody, describe_entity, event_kind, figure, problem, refusal, refusal_about, refusal_control, role, skip_reason,
    sync_state, trouble, trouble_code, undefined, warning,
};
pub use table::Word;

/// Reasons for skipping that are offered: the code that goes into the record, and its words.
pub const SKIP_REASONS: [(&str, Word); 4] = [
    ("unclear", Word::ReasonUnclear),
    ("no-option", Word::ReasonNoOption),
    ("language", Word::ReasonLanguage),
    ("conflict-of-interest", Word::ReasonConflict),
];

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Lang {
    /// All, in the order of the settings dialog.
    pub const ALL: [Self; 2] = [Self::En, Self::Es];

    /// The language tag.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// Its name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Español",
        }
    }

    /// The language of a tag such as `es-MX`; `None` where there is no translation.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }
}

/// Fills the blanks of a text: `{name}` becomes the value given for `name`.
pub fn fill(text: &str, blanks: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match blanks.iter().find(|(blank, _)| *blank == name) {
            Some((_, value)) => out.push_str(value),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks() {
        for (text, expect) in [
            ("{n} of {all}", "3 of 9"),
            ("no blank", "no blank"),
            ("{unknown} stays", "{unknown} stays"),
            ("an open { stays", "an open { stays"),
            ("{n}{n}", "33"),
        ] {
            assert_eq!(fill(text, &[("n", "3"), ("all", "9")]), expect);
        }
        assert_eq!(fill("{a}", &[("a", "{b}")]), "{b}", "a value is not filled again");
    }

    #[test]
    fn every_word_is_translated_and_keeps_its_blanks() {
        let blanks = |text: &str| {
            let mut all: Vec<_> =
                text.split('{').skip(1).filter_map(|s| s.split_once('}')).map(|(b, _)| b.to_owned()).collect();
            all.sort();
            all
        };
        for word in Word::ALL {
            let (en, es) = (word.in_lang(Lang::En), word.in_lang(Lang::Es));
            assert!(!en.is_empty() && !es.is_empty(), "{word:?}");
            assert_eq!(blanks(en), blanks(es), "{word:?}");
        }
    }

    #[test]
    fn languages_by_tag() {
        assert_eq!(Lang::parse("es-MX"), Some(Lang::Es));
        assert_eq!(Lang::parse("EN"), Some(Lang::En));
        assert_eq!(Lang::parse("tlh"), None);
    }
}
