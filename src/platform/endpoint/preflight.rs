//! What a browser would make of an endpoint's answers to a page: the CORS check and the preflight of the Fetch standard,
//! asked from outside of a browser, which tells nobody why it refused.

use super::cors;
use super::transport::{Fenced, request};
use crate::sync::Place;
use http::HeaderMap;

/// The answers to the questions that a browser asks before a request.
pub(super) struct Preflights(Vec<(&'static str, u16, HeaderMap)>);

impl Preflights {
    /// Asks for leave to use each method, with all headers that a page sends.
    pub(super) async fn ask(fence: &Fenced, place: &Place, url: &str, page_origin: &str) -> Self {
        let wanted = cors::request_headers(place).join(",");
        let mut answers = Vec::new();
        for method in cors::methods(place) {
            let headers = [
                ("origin", page_origin),
                ("access-control-request-method", *method),
                ("access-control-request-headers", wanted.as_str()),
            ];
            let Ok(request) = request("OPTIONS", url, &headers, Vec::new()) else { continue };
            if let Ok((status, headers)) = fence.look(request).await {
                answers.push((*method, status, headers));
            }
        }
        Self(answers)
    }

    /// The status of a preflight that was not answered with success.
    fn refused(&self) -> Option<u16> {
        self.0.iter().map(|(_, status, _)| *status).find(|status| !(200..300).contains(status))
    }

    fn good(&self) -> impl Iterator<Item = (&'static str, &HeaderMap)> {
        let good = self.0.iter().filter(|(_, status, _)| (200..300).contains(status));
        good.map(|(method, _, headers)| (*method, headers))
    }

    /// Methods that a page uses and may not.
    fn methods_missing(&self) -> Vec<&'static str> {
        let lacks = |(method, headers): &(&'static str, &HeaderMap)| {
            let allowed = list(headers, "access-control-allow-methods");
            // these three need no leave
            !matches!(*method, "GET" | "HEAD" | "POST") && !has(&allowed, method) && !has(&allowed, "*")
        };
        self.good().filter(lacks).map(|(method, _)| method).collect()
    }

    /// Headers that a page sends and may not.
    fn headers_missing(&self, place: &Place) -> Vec<&'static str> {
        let lacks = |wanted: &&'static str| {
            self.good().any(|(_, headers)| {
                let allowed = list(headers, "access-control-allow-headers");
                // the asterisk never stands for Authorization
                let any = has(&allowed, "*") && *wanted != "authorization";
                !has(&allowed, wanted) && !any
            })
        };
        cors::request_headers(place).iter().copied().filter(lacks).collect()
    }
}

fn list(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter().filter_map(|v| v.to_str().ok());
    values.flat_map(|v| v.split(',')).map(|v| v.trim().to_ascii_lowercase()).filter(|v| !v.is_empty()).collect()
}

fn has(list: &[String], name: &str) -> bool {
    list.iter().any(|one| one.eq_ignore_ascii_case(name))
}

fn names(headers: &HeaderMap, page_origin: &str) -> bool {
    let origins = list(headers, "access-control-allow-origin");
    has(&origins, "*") || has(&origins, page_origin)
}

/// What stands in the way of a page, step by step; nothing where it may use the endpoint. `answered` are the headers of an
/// answer to a plain request of the page.
pub(super) fn missing(
    place: &Place,
    page_origin: &str,
    preflights: &Preflights,
    answered: &HeaderMap,
) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let refused = preflights.refused();
    if let Some(status) = refused {
        let must = "and must be answered with 2xx and without a login";
        let text = format!("could not use it from a page: OPTIONS is answered with {status}, {must}");
        found.push(("cors-preflight", text));
    }
    let named = names(answered, page_origin) && preflights.good().all(|(_, headers)| names(headers, page_origin));
    let exposed = list(answered, "access-control-expose-headers");
    let hidden = cors::EXPOSED.into_iter().filter(|h| !has(&exposed, h) && !has(&exposed, "*")).collect();
    let origin = if named { Vec::new() } else { vec![page_origin] };
    // where a preflight is refused, what another allows says little
    let (methods, headers) = match refused {
        Some(_) => (Vec::new(), Vec::new()),
        None => (preflights.methods_missing(), preflights.headers_missing(place)),
    };
    let all: [(&'static str, &str, Vec<&str>); 4] = [
        ("cors-origin", "Access-Control-Allow-Origin", origin),
        ("cors-methods", "Access-Control-Allow-Methods", methods),
        ("cors-headers", "Access-Control-Allow-Headers", headers),
        ("cors-exposed", "Access-Control-Expose-Headers", hidden),
    ];
    for (what, header, missing) in all {
        if !missing.is_empty() {
            let missing = missing.join(", ");
            found.push((what, format!("could not use it from a page: {header} does not name {missing}")));
        }
    }
    found
}
