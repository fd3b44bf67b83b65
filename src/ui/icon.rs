//! Small drawings, in the text's colour. All are hidden from screen readers: the word beside them or the button's name
//! says what they mean.

use yew::prelude::*;

/// A drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Done.
    Check,
    /// Gone wrong.
    Warning,
    /// Closed, removed.
    Cross,
    /// Back.
    Left,
    /// On.
    Right,
    /// Take back.
    Undo,
    /// Do again.
    Redo,
    /// A shield: verified.
    Shield,
    /// A book: the guideline.
    Book,
    /// A person.
    Person,
    /// A keyboard: shortcuts.
    Keys,
    /// A magnifying glass.
    Search,
    /// A star.
    Star,
    /// A tray: nothing here.
    Tray,
    /// A clock: waiting.
    Clock,
    /// A cloud: storage elsewhere.
    Cloud,
    /// A folder: open.
    Folder,
    /// An arrow into a tray: download.
    Download,
    /// An eye: reveal.
    Eye,
    /// Two people: agreement.
    People,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Check => "M3 8.5l3.2 3.2L13 5",
            Self::Warning => "M8 2.2l6.3 11.3H1.7zM8 6.4v3.4M8 11.8v.2",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Left => "M10 3L5 8l5 5",
            Self::Right => "M6 3l5 5-5 5",
            Self::Undo => "M6 3L2.5 6.5 6 10M3 6.5h6.2a3.6 3.6 0 0 1 0 7.2H6",
            Self::Redo => "M10 3l3.5 3.5L10 10M13 6.5H6.8a3.6 3.6 0 0 0 0 7.2H10",
            Self::Shield => "M8 1.8l5.2 1.9v4.1c0 3.2-2.2 5.3-5.2 6.4-3-1.1-5.2-3.2-5.2-6.4V3.7zM5.6 8l1.8 1.8 3.2-3.4",
            Self::Book => "M3 2.8h7.6a1.6 1.6 0 0 1 1.6 1.6v9H4.6A1.6 1.6 0 0 1 3 11.8zM3 11.6c0-.9.7-1.4 1.6-1.4h7.6",
            Self::Person => "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8zM2.6 13.8c.5-2.6 2.6-4 5.4-4s4.9 1.4 5.4 4",
            Self::Keys => "M1.6 4h12.8v8H1.6zM4 6.5h.1M6.6 6.5h.1M9.2 6.5h.1M11.8 6.5h.1M5 9.6h6",
            Self::Search => "M7 11.4A4.4 4.4 0 1 0 7 2.6a4.4 4.4 0 0 0 0 8.8zM10.2 10.2l3.6 3.6",
            Self::Star => "M8 1.9l1.9 3.9 4.2.6-3 3 .7 4.2L8 11.6l-3.8 2 .7-4.2-3-3 4.2-.6z",
            Self::Tray => "M2 9.5l2-6.3h8l2 6.3v4H2zM2 9.5h3.6l.9 1.6h3l.9-1.6H14",
            Self::Clock => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6",
            Self::Cloud => "M4.6 12.6a3 3 0 0 1-.3-6A3.9 3.9 0 0 1 11.8 6a3.3 3.3 0 0 1-.3 6.6z",
            Self::Folder => "M1.8 12.8V3.6h4.3l1.4 1.7h6.7v7.5z",
            Self::Download => "M8 2v7.4M4.8 6.6L8 9.8l3.2-3.2M2.4 11v2.6h11.2V11",
            Self::Eye => {
                "M1.6 8S4 3.8 8 3.8 14.4 8 14.4 8 12 12.2 8 12.2 1.6 8 1.6 8zM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z"
            }
            Self::People => {
                "M5.6 7.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8zM1.2 13c.4-2.3 2.1-3.5 4.4-3.5S9.6 10.700 10 13M10.400 7.400a2.400 2.400 0 0 0 0-4.800M11.600 9.700c1.800.300 2.900 1.400 3.200 3.300"
            }
        }
    }
}

/// Draws an icon of the text's size.
pub fn icon(icon: Icon) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path d={icon.path()} />
        </svg>
    }
}
