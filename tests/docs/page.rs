//! A page as its reader gets it: code blocks, links and headings.

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// Where the pages of the book lie.
pub(crate) const BOOK: &str = "docs/src";

/// A file of Markdown.
#[derive(Debug)]
pub(crate) struct Page {
    /// Its path from the top of the project.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) blocks: Vec<Block>,
    /// Links and pictures.
    pub(crate) links: Vec<String>,
    /// What a link to each heading ends with.
    pub(crate) anchors: Vec<String>,
}

/// A block of code.
#[derive(Debug)]
pub(crate) struct Block {
    /// The word behind its fence.
    pub(crate) language: String,
    pub(crate) text: String,
}

/// The top of the project.
pub(crate) fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README and every page of the book.
pub(crate) fn pages() -> Vec<Page> {
    let mut paths = vec![PathBuf::from("README.md")];
    collect(Path::new(BOOK), &mut paths);
    paths.sort();
    paths.iter().map(Page::read).collect()
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(top().join(directory)).unwrap() {
        let path = directory.join(entry.unwrap().file_name());
        if top().join(&path).is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            paths.push(path);
        }
    }
}

impl Page {
    pub(crate) fn read(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        let text = fs::read_to_string(top().join(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (mut blocks, mut links, mut anchors) = (Vec::new(), Vec::new(), Vec::new());
        let mut heading: Option<String> = None;
        let mut is_code = false;
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    blocks.push(Block { language: language.into_string(), text: String::new() });
                    is_code = true;
                }
                Event::End(TagEnd::CodeBlock) => is_code = false,
                Event::Text(part) if is_code => blocks.last_mut().unwrap().text.push_str(&part),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().map(|text| anchor(&text))),
                Event::Text(part) | Event::Code(part) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&part);
                    }
                }
                _ => {}
            }
        }
        Self { path, text, blocks, links, anchors }
    }

    /// The text of the blocks of this language.
    pub(crate) fn blocks_of(&self, language: &str) -> impl Iterator<Item = &str> {
        self.blocks.iter().filter(move |block| block.language == language).map(|block| block.text.as_str())
    }
}

/// What GitHub and mdBook make of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
