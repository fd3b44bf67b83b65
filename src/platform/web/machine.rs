//! Clock, randomness, yielding to the browser, and the words it has for errors.

use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Wall time, milliseconds since 1970.
pub fn now_ms() -> u64 {
    let now = js_sys::Date::now();
    if now.is_finite() && now > 0.0 { now as u64 } else { 0 }
}

/// Milliseconds since this page or worker began, on a clock that nobody sets back.
pub fn ticks_ms() -> f64 {
    let performance = member(&js_sys::global(), "performance");
    let now = member(&performance, "now").dyn_into::<js_sys::Function>().ok();
    now.and_then(|now| now.call0(&performance).ok()?.as_f64()).unwrap_or_else(js_sys::Date::now)
}

/// Fresh random bytes. Browsers give them on every page, secure or not.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let filled = getrandom::fill(&mut bytes);
    debug_assert!(filled.is_ok(), "the browser gives random bytes");
    bytes
}

/// Lets the browser take its turn: messages are received and painting is done before this answers.
pub async fn breathe() {
    pause(0).await;
}

/// Waits so many milliseconds.
pub async fn pause(ms: u32) {
    let promise = Promise::new(&mut |resolve, _| {
        let global = js_sys::global();
        let timer =
            Reflect::get(&global, &"setTimeout".into()).ok().and_then(|f| f.dyn_into::<js_sys::Function>().ok());
        match timer {
            Some(timer) => {
                let _ = timer.call2(&global, &resolve, &ms.into());
            }
            None => {
                let _ = resolve.call0(&JsValue::NULL);
            }
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// A member of an object; `undefined` where there is none.
pub fn member(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Calls a method and waits for its promise.
///
/// # Errors
/// What the method threw or its promise was refused with; a method that does not exist is `undefined`.
pub async fn call(of: &JsValue, method: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    settled(begin(of, method, arguments)).await
}

/// Calls a method and does not wait.
///
/// # Errors
/// What the method threw; a method that does not exist is `undefined`.
pub fn begin(of: &JsValue, method: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let function: js_sys::Function = member(of, method).dyn_into()?;
    let list: js_sys::Array = arguments.iter().copied().cloned().collect();
    function.apply(of, &list)
}

/// Waits for what a method that was called answers.
///
/// # Errors
/// What the method threw or its promise was refused with.
pub async fn settled(begun: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    match begun?.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await,
        Err(plain) => Ok(plain),
    }
}

/// `navigator` of the page or the worker.
pub fn navigator() -> JsValue {
    member(&js_sys::global(), "navigator")
}
