//! Draws view models with Yew and turns gestures into edits and asks. Two roots can be mounted: the labeling surface and
//! the panels. What they share (views, the annotation in hand, open dialogs) lives in the hub, outside the component
//! tree, so that one change redraws what shows it and nothing else. Knows no storage, no worker and no network: the
//! embedder gives a [`hub::Host`]. Nothing here touches the browser while rendering, so every screen also renders
//! natively.

pub mod host;
pub mod hub;
// what the hub holds
pub mod desk;
pub mod face;
pub mod flow;
// how components reach it
pub mod hooks;
// what a person can do, in what words
pub mod action;
pub mod keymap;
pub mod palette;
pub mod text;
pub mod title;
// the browser's part
pub mod dom;
pub mod icon;
pub mod screen;
pub mod surface;
pub mod tool;
pub mod widget;
