use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::page::{Page, SCRIPT_HASH};

#[test]
fn the_script_that_is_let_in_is_the_one_of_the_page() {
    let hash = ring::digest::digest(&ring::digest::SHA256, Page::script().as_bytes());
    assert_eq!(SCRIPT_HASH, format!("sha256-{}", STANDARD.encode(hash)));
}
