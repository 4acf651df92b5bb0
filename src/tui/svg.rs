//! A screen as a picture: the cells of a buffer as SVG, for the README and for people without the terminal.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// The size of a cell, in pixels.
const CELL: (usize, usize) = (9, 18);

/// Room round the screen, in pixels.
const MARGIN: usize = 12;

const BACKGROUND: &str = "#11151c";
const FOREGROUND: &str = "#d5dae2";

/// Draws every cell of `buffer` on a dark ground, in a monospaced font and with its style.
#[must_use]
pub fn screen_to_svg(buffer: &Buffer) -> String {
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut svg = String::new();
    // Writing to a String cannot fail.
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"15\" xml:space=\"preserve\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{BACKGROUND}\"/>"
    )
    .ok();
    for (y, row) in buffer.content.chunks(columns.max(1)).enumerate().take(rows) {
        for run in runs(row) {
            write_run(&mut svg, &run, y);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Neighbouring cells of one row that look the same.
#[derive(Debug)]
struct Run<'a> {
    x: usize,
    cells: &'a [Cell],
}

fn runs(row: &[Cell]) -> Vec<Run<'_>> {
    let mut x = 0;
    row.chunk_by(|a, b| a.style() == b.style())
        .map(|cells| {
            let run = Run { x, cells };
            x += cells.len();
            run
        })
        .collect()
}

fn write_run(svg: &mut String, run: &Run<'_>, y: usize) {
    let style = &run.cells[0];
    let is = |modifier| style.modifier.contains(modifier);
    let (mut fg, mut bg) = (hex(style.fg, FOREGROUND), hex(style.bg, BACKGROUND));
    if is(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    let (left, top) = (MARGIN + run.x * CELL.0, MARGIN + y * CELL.1);
    let width = run.cells.len() * CELL.0;
    if bg != BACKGROUND {
        writeln!(svg, "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{}\" fill=\"{bg}\"/>", CELL.1).ok();
    }
    let dim = if is(Modifier::DIM) { " fill-opacity=\"0.6\"" } else { "" };
    for (x, glyph, count) in bars(run) {
        let (x, y) = (MARGIN + x * CELL.0, top + CELL.1 - glyph * CELL.1 / 8);
        let (width, height) = (count * CELL.0, glyph * CELL.1 / 8);
        writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fg}\"{dim}/>").ok();
    }
    let text: String = run.cells.iter().map(|cell| if eighths(cell).is_some() { " " } else { cell.symbol() }).collect();
    if text.trim().is_empty() {
        return;
    }
    let weight = if is(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    writeln!(
        svg,
        "<text x=\"{left}\" y=\"{}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{fg}\"{weight}{dim}>{}</text>",
        top + CELL.1 - 5,
        escaped(&text)
    )
    .ok();
}

/// How many eighths of its cell a bar fills from below; `None` for other glyphs. Bars are drawn as
/// rectangles, since few fonts let them touch.
fn eighths(cell: &Cell) -> Option<usize> {
    ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"].iter().position(|&bar| bar == cell.symbol()).map(|index| index + 1)
}

/// Neighbouring bars of one height: first column, eighths, how many.
fn bars<'a>(run: &'a Run<'_>) -> impl Iterator<Item = (usize, usize, usize)> + 'a {
    let mut x = run.x;
    run.cells.chunk_by(|a, b| a.symbol() == b.symbol()).filter_map(move |same| {
        let at = x;
        x += same.len();
        Some((at, eighths(&same[0])?, same.len()))
    })
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // No XML may hold the other control characters, escaped or not.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
        out
    })
}

/// A colour as SVG writes it; of the terminal's palette only the part that is the same everywhere is known.
fn hex(color: Color, default: &str) -> String {
    match color {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Indexed(gray @ 232..) => {
            let level = 8 + 10 * (gray - 232);
            format!("#{level:02x}{level:02x}{level:02x}")
        }
        Color::Indexed(cube @ 16..) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let cube = cube - 16;
            format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        _ => default.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    /// The text between the tags, with every tag seen to be closed.
    fn texts(svg: &str) -> Vec<String> {
        let mut texts = Vec::new();
        let mut open = Vec::new();
        for part in svg.split('<').skip(1) {
            let (tag, text) = part.split_once('>').unwrap();
            match tag.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name)),
                None if !tag.ends_with('/') => open.push(tag.split(' ').next().unwrap()),
                None => {}
            }
            assert_eq!(tag.matches('"').count() % 2, 0);
            if !text.trim().is_empty() {
                texts.push(text.to_owned());
            }
        }
        assert!(open.is_empty());
        texts
    }

    #[test]
    fn every_cell_is_in_the_picture_once_and_escaped() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "a<b & \"c\">d", Style::new());
        buffer.set_string(2, 1, "late", Style::new().fg(Color::Indexed(214)).add_modifier(Modifier::REVERSED));
        let svg = screen_to_svg(&buffer);
        assert_eq!(texts(&svg), ["a&lt;b &amp; \"c\"&gt;d ", "late"]);
        assert!(svg.contains("fill=\"#ffaf00\""));
    }

    #[test]
    fn bars_are_rectangles_from_below() {
        let buffer = Buffer::with_lines(["▄▄ █"]);
        let svg = screen_to_svg(&buffer);
        assert!(texts(&svg).is_empty());
        assert!(svg.contains("<rect x=\"12\" y=\"21\" width=\"18\" height=\"9\""));
        assert!(svg.contains("<rect x=\"39\" y=\"12\" width=\"9\" height=\"18\""));
    }

    #[test]
    fn an_empty_screen_is_a_picture_too() {
        assert!(texts(&screen_to_svg(&Buffer::empty(Rect::ZERO))).is_empty());
    }
}
