//! What the page says of a run against the first.

use super::table::Grid;
use crate::compare::{CompareError, Compared, Named};
use crate::snapshot::Settings;

/// One run against the first, or why they were not compared.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) heading: String,
    pub(super) headline: String,
    /// Which runs A and B are.
    pub(super) sides: Vec<String>,
    /// What is to be known before the numbers are read.
    pub(super) warning: Option<String>,
    pub(super) tables: Vec<Grid>,
    pub(super) notes: Vec<String>,
}

impl Comparison {
    /// Compares, whatever they are runs of: who asks for one page of both wants to see them side by side.
    pub(super) fn of(a: &Named, b: &Named) -> Self {
        let compared = |force| Compared::new(a.clone(), b.clone(), Settings::default(), force);
        let heading = format!("{} against {}", b.name, a.name);
        match compared(false) {
            Ok(compared) => Self::told(heading, &compared, None),
            Err(unlike @ CompareError::Unlike { .. }) => match compared(true) {
                Ok(compared) => Self::told(heading, &compared, Some(unlike.to_string())),
                Err(error) => Self::none(heading, &error),
            },
            Err(error) => Self::none(heading, &error),
        }
    }

    fn told(heading: String, compared: &Compared, warning: Option<String>) -> Self {
        let table = |(caption, part): (String, _)| Grid { caption, ..Grid::from(part) };
        Self {
            heading,
            headline: compared.headline(),
            sides: compared.sides().into(),
            warning,
            tables: compared.parts().into_iter().map(table).collect(),
            notes: compared.notes(),
        }
    }

    fn none(heading: String, error: &CompareError) -> Self {
        Self {
            heading,
            headline: "not compared".to_owned(),
            sides: Vec::new(),
            warning: Some(error.to_string()),
            tables: Vec::new(),
            notes: Vec::new(),
        }
    }
}
