//! What pages refer to is there.

use std::path::{Component, Path, PathBuf};

use crate::page::{BOOK, Page, pages, top};

/// A path without `..`, as far as it is possible.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::ParentDir if plain.file_name().is_some() => drop(plain.pop()),
            part => plain.push(part),
        }
        plain
    })
}

#[test]
fn every_link_within_the_project_leads_somewhere() {
    let others = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "benches/README.md"];
    for page in pages().into_iter().chain(others.map(Page::read)) {
        for link in page.links.iter().filter(|link| !link.starts_with("http://") && !link.starts_with("https://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let at = page.path.parent().unwrap();
            let target = if file.is_empty() { page.path.clone() } else { plain(&at.join(file)) };
            let told = format!("{} has a link to {link}", page.path.display());
            assert!(top().join(&target).exists(), "{told}, which is not there");
            assert!(
                anchor.is_empty() || Page::read(&target).anchors.iter().any(|a| a == anchor),
                "{told}: no {anchor}"
            );
            let leaves = page.path.starts_with(BOOK) && !target.starts_with(BOOK);
            assert!(!leaves, "{told}, which a built book does not have: name the file in words");
        }
    }
}

#[test]
fn every_page_of_the_book_is_in_its_summary_once() {
    let mut listed: Vec<PathBuf> =
        Page::read(Path::new(BOOK).join("SUMMARY.md")).links.iter().map(PathBuf::from).collect();
    let book = pages().into_iter().filter_map(|page| Some(page.path.strip_prefix(BOOK).ok()?.to_owned()));
    let written: Vec<PathBuf> = book.filter(|path| path != Path::new("SUMMARY.md")).collect();
    listed.sort();
    assert_eq!(listed, written);
}
