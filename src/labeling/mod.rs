//! The labeling configuration: Label Studio's XML, parsed into typed objects, controls and layout.

pub mod layout;
