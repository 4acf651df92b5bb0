//! A screen on paper: the cells of a buffer as SVG or as text, for the README and for people without the terminal.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::theme::Ground;

/// The size of a cell, in pixels.
const CELL: (usize, usize) = (9, 18);

/// Room round the screen, in pixels.
const MARGIN: usize = 12;

/// The size at which a character of the first font is as wide as a cell, and where its feet are in it.
const FONT: f64 = 14.95;
const BASELINE: usize = 13;

/// The terminal's own colours, which a cell without a colour has.
#[derive(Debug, Clone, Copy)]
struct Paper {
    background: &'static str,
    foreground: &'static str,
}

impl From<Ground> for Paper {
    fn from(ground: Ground) -> Self {
        match ground {
            Ground::Dark => Self { background: "#11151c", foreground: "#d5dae2" },
            Ground::Light => Self { background: "#ffffff", foreground: "#1c2128" },
        }
    }
}

/// The sixteen colours as xterm shows them.
const SIXTEEN: [&str; 16] = [
    "#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5", "#7f7f7f", "#ff0000",
    "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff",
];

/// The characters of every row of `buffer`, without the blanks behind the last one.
#[must_use]
pub fn screen_to_text(buffer: &Buffer) -> String {
    let rows = buffer.content.chunks(usize::from(buffer.area.width).max(1));
    rows.map(|row| row.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned() + "\n").collect()
}

/// Draws every cell of `buffer` on this ground, in a monospaced font and with its style.
#[must_use]
pub fn screen_to_svg(buffer: &Buffer, ground: Ground) -> String {
    let paper = Paper::from(ground);
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut svg = String::new();
    // Writing to a String cannot fail.
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"{FONT}\" shape-rendering=\"crispEdges\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{}\" shape-rendering=\"auto\"/>",
        paper.background
    )
    .ok();
    for (y, row) in buffer.content.chunks(columns.max(1)).enumerate().take(rows) {
        for run in runs(row) {
            write_run(&mut svg, &run, y, paper);
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

fn write_run(svg: &mut String, run: &Run<'_>, y: usize, paper: Paper) {
    let style = &run.cells[0];
    let is = |modifier| style.modifier.contains(modifier);
    let (mut fg, mut bg) = (hex(style.fg, paper.foreground), hex(style.bg, paper.background));
    if is(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    let (left, top) = (MARGIN + run.x * CELL.0, MARGIN + y * CELL.1);
    if bg != paper.background {
        let width = run.cells.len() * CELL.0;
        writeln!(svg, "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{}\" fill=\"{bg}\"/>", CELL.1).ok();
    }
    if is(Modifier::UNDERLINED) {
        let (y, width) = (top + CELL.1 - 1, run.cells.len() * CELL.0);
        writeln!(svg, "<rect x=\"{left}\" y=\"{y}\" width=\"{width}\" height=\"1\" fill=\"{fg}\"/>").ok();
    }
    let dim = if is(Modifier::DIM) { " fill-opacity=\"0.6\"" } else { "" };
    let drawn = path(run.cells, left, top);
    if !drawn.is_empty() {
        writeln!(svg, "<path d=\"{drawn}\" fill=\"{fg}\"{dim}/>").ok();
    }
    let weight = if is(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    for (x, text) in phrases(run.cells) {
        let (x, y, width) = (left + x * CELL.0, top + BASELINE, text.chars().count() * CELL.0);
        writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{fg}\"{weight}{dim}>{}</text>",
            escaped(&text)
        )
        .ok();
    }
}

/// A rectangle within a cell: left, top, width, height, in pixels.
type Rectangle = (usize, usize, usize, usize);

/// A chessboard of three columns.
const CHECKED: &[Rectangle] = &[
    (0, 0, 3, 3),
    (6, 0, 3, 3),
    (3, 3, 3, 3),
    (0, 6, 3, 3),
    (6, 6, 3, 3),
    (3, 9, 3, 3),
    (0, 12, 3, 3),
    (6, 12, 3, 3),
    (3, 15, 3, 3),
];

/// The rectangles a bar or a line is drawn with, since few fonts let them touch; none for other glyphs.
fn shape(symbol: &str) -> &'static [Rectangle] {
    match symbol {
        "▁" => &[(0, 16, 9, 2)],
        "▂" => &[(0, 14, 9, 4)],
        "▃" => &[(0, 12, 9, 6)],
        "▄" => &[(0, 9, 9, 9)],
        "▅" => &[(0, 7, 9, 11)],
        "▆" => &[(0, 5, 9, 13)],
        "▇" => &[(0, 3, 9, 15)],
        "█" => &[(0, 0, 9, 18)],
        "▉" => &[(0, 0, 8, 18)],
        "▊" => &[(0, 0, 7, 18)],
        "▋" => &[(0, 0, 6, 18)],
        "▌" => &[(0, 0, 5, 18)],
        "▍" => &[(0, 0, 3, 18)],
        "▎" => &[(0, 0, 2, 18)],
        "▀" => &[(0, 0, 9, 9)],
        "▔" => &[(0, 0, 9, 2)],
        "▏" => &[(0, 0, 1, 18)],
        "▕" => &[(8, 0, 1, 18)],
        "░" => &[(1, 1, 2, 2), (6, 4, 2, 2), (1, 7, 2, 2), (6, 10, 2, 2), (1, 13, 2, 2), (6, 16, 2, 2)],
        "┊" => &[(4, 1, 1, 4), (4, 7, 1, 4), (4, 13, 1, 4)],
        "▒" => CHECKED,
        "▓" => &[
            (0, 0, 9, 4),
            (0, 6, 9, 4),
            (0, 12, 9, 4),
            (0, 4, 3, 2),
            (6, 4, 3, 2),
            (3, 10, 3, 2),
            (0, 16, 3, 2),
            (6, 16, 3, 2),
        ],
        "┈" => &[(0, 8, 2, 1), (4, 8, 2, 1), (7, 8, 1, 1)],
        "┅" => &[(0, 7, 2, 3), (3, 7, 2, 3), (6, 7, 2, 3)],
        "━" => &[(0, 7, 9, 3)],
        "═" => &[(0, 6, 9, 1), (0, 10, 9, 1)],
        "─" => &[(0, 8, 9, 1)],
        "│" => &[(4, 0, 1, 18)],
        "┌" => &[(4, 8, 5, 1), (4, 8, 1, 10)],
        "┐" => &[(0, 8, 5, 1), (4, 8, 1, 10)],
        "└" => &[(4, 8, 5, 1), (4, 0, 1, 9)],
        "┘" => &[(0, 8, 5, 1), (4, 0, 1, 9)],
        "┴" => &[(0, 8, 9, 1), (4, 0, 1, 9)],
        _ => &[],
    }
}

/// The bars and lines among `cells`, whose upper left corner is at `left` and `top`.
fn path(cells: &[Cell], left: usize, top: usize) -> String {
    let mut path = String::new();
    let mut add = |x: usize, y: usize, width: usize, height: usize| {
        write!(path, "M{x} {y}h{width}v{height}h-{width}z").ok();
    };
    let mut x = left;
    for same in cells.chunk_by(|a, b| a.symbol() == b.symbol()) {
        for &(dx, dy, width, height) in shape(same[0].symbol()) {
            if width == CELL.0 {
                add(x, top + dy, width * same.len(), height);
            } else {
                (0..same.len()).for_each(|n| add(x + n * CELL.0 + dx, top + dy, width, height));
            }
        }
        x += same.len() * CELL.0;
    }
    path
}

/// What is text among `cells`, with the column where it starts; it is cut where there is more than one space, so
/// that no font can move it far.
fn phrases(cells: &[Cell]) -> Vec<(usize, String)> {
    let mut phrases: Vec<(usize, String)> = Vec::new();
    let mut end = 0;
    for (x, cell) in cells.iter().enumerate() {
        if cell.symbol() == " " || !shape(cell.symbol()).is_empty() {
            continue;
        }
        match phrases.last_mut() {
            Some((_, text)) if x == end => text.push_str(cell.symbol()),
            Some((_, text)) if x == end + 1 && cells[end].symbol() == " " => {
                text.push(' ');
                text.push_str(cell.symbol());
            }
            _ => phrases.push((x, cell.symbol().to_owned())),
        }
        end = x + 1;
    }
    phrases
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

/// A colour as SVG writes it.
fn hex(color: Color, default: &str) -> String {
    let named = |at: u8| SIXTEEN[usize::from(at % 16)].to_owned();
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
        Color::Indexed(at) => named(at),
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Reset => default.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn texts(svg: &str) -> Vec<String> {
        let document = roxmltree::Document::parse(svg).unwrap();
        let texts = document.descendants().filter(|node| node.tag_name().name() == "text");
        texts.filter_map(|node| node.text().map(str::to_owned)).collect()
    }

    #[test]
    fn every_text_is_in_the_picture_once_and_survives_its_markup() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "a<b & \"c\">d", Style::new());
        buffer.set_string(2, 1, "late", Style::new().fg(Color::Indexed(214)).add_modifier(Modifier::REVERSED));
        let svg = screen_to_svg(&buffer, Ground::Dark);
        assert_eq!(texts(&svg), ["a<b & \"c\">d", "late"]);
        assert!(svg.contains("fill=\"#ffaf00\""));
    }

    #[test]
    fn a_text_starts_in_its_column_and_wide_gaps_part_it() {
        let buffer = Buffer::with_lines([" p50 12 ms   done│x"]);
        let phrases = phrases(&buffer.content);
        let phrases: Vec<(usize, &str)> = phrases.iter().map(|(x, text)| (*x, text.as_str())).collect();
        assert_eq!(phrases, [(1, "p50 12 ms"), (13, "done"), (18, "x")]);
    }

    #[test]
    fn bars_and_lines_are_rectangles_that_touch() {
        let svg = screen_to_svg(&Buffer::with_lines(["▄▄ █│"]), Ground::Dark);
        assert!(texts(&svg).is_empty());
        assert!(svg.contains("d=\"M12 21h18v9h-18zM39 12h9v18h-9zM52 12h1v18h-1z\""), "{svg}");
    }

    #[test]
    fn every_glyph_stays_within_its_cell() {
        for symbol in "▁▂▃▄▅▆▇█▉▊▋▌▍▎▀▔▏▕░▒▓┊┈┅━═─│┌┐└┘┴".chars()
        {
            let shape = shape(&symbol.to_string());
            assert!(!shape.is_empty(), "{symbol}");
            assert!(shape.iter().all(|&(x, y, width, height)| x + width <= CELL.0 && y + height <= CELL.1), "{symbol}");
        }
    }

    #[test]
    fn a_picture_has_the_ground_its_screen_was_drawn_for() {
        let mut buffer = Buffer::with_lines(["late"]);
        for (ground, paper, ink) in [(Ground::Dark, "#11151c", "#d5dae2"), (Ground::Light, "#ffffff", "#1c2128")] {
            buffer.set_style(buffer.area, Style::reset());
            let svg = screen_to_svg(&buffer, ground);
            assert!(
                svg.contains(&format!("rx=\"8\" fill=\"{paper}\"")) && svg.contains(&format!("fill=\"{ink}\">late"))
            );
            buffer.set_style(buffer.area, Style::new().add_modifier(Modifier::REVERSED));
            let svg = screen_to_svg(&buffer, ground);
            assert!(svg.contains(&format!("fill=\"{ink}\"/>")) && svg.contains(&format!("fill=\"{paper}\">late")));
        }
    }

    #[test]
    fn the_sixteen_colours_are_the_same_by_name_and_by_number() {
        for (name, number) in [(Color::Black, 0), (Color::Yellow, 3), (Color::DarkGray, 8), (Color::White, 15)] {
            assert_eq!(hex(name, "none"), hex(Color::Indexed(number), "none"));
        }
        assert_eq!(hex(Color::Reset, "none"), "none");
    }

    #[test]
    fn an_empty_screen_is_a_picture_too() {
        assert!(texts(&screen_to_svg(&Buffer::empty(Rect::ZERO), Ground::Dark)).is_empty());
    }
}
