//! What the screens need of the world around them, as closures: so that they run in a browser, and in tests without one.

use crate::view::protocol::Request;

/// Hands over a file: name, media type, bytes.
pub type Download = Box<dyn Fn(&str, &str, &[u8])>;
/// Takes two texts.
pub type TellTwo = Box<dyn Fn(&str, &str)>;
/// Looks a text up by its name.
pub type Recall = Box<dyn Fn(&str) -> Option<String>>;

/// What the embedder does for the screens. Each closure may be called at any time after the hub is made, and none may
/// call back into the hub before it returns.
pub struct Host {
    /// Sends a request to the worker.
    pub send: Box<dyn Fn(Request)>,
    /// Hands the person a file: name, media type, bytes.
    pub download: Download,
    /// Raises a CustomEvent on the element: its name, its detail as JSON (covered data only).
    pub dispatch: TellTwo,
    /// Tells which project and whose work the elements show from now on: the project's name on the host page, and the
    /// profile's label.
    pub shown: TellTwo,
    /// Wall time, milliseconds since 1970.
    pub now_ms: Box<dyn Fn() -> u64>,
    /// Opens files the person chose or dropped. The embedder takes a number from [`super::hub::Hub::expect_opened`] and sends the
    /// request with the files beside it.
    pub open_files: Box<dyn Fn(Vec<web_sys::File>)>,
    /// Keeps a setting on this device: key and value.
    pub remember: TellTwo,
    /// Recalls a setting.
    pub recall: Recall,
    /// Asks the browser, once, not to clear what this page keeps when room gets short. Now that there is work to lose, it may
    /// ask the person.
    pub keep_storage: Box<dyn Fn()>,
    /// The page's address without its fragment, for links of invitation.
    pub address: Box<dyn Fn() -> String>,
}

impl Host {
    /// A host that does nothing: for tests, to be changed field by field.
    pub fn silent() -> Self {
        Self {
            send: Box::new(|_| {}),
            download: Box::new(|_, _, _| {}),
            dispatch: Box::new(|_, _| {}),
            shown: Box::new(|_, _| {}),
            now_ms: Box::new(|| 0),
            open_files: Box::new(|_| {}),
            remember: Box::new(|_, _| {}),
            recall: Box::new(|_| None),
            keep_storage: Box::new(|| {}),
            address: Box::new(String::new),
        }
    }
}
