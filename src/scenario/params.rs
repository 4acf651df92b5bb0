//! The `[workload]` table as its plugin reads it.
//!
//! Owns the passage from text to a plugin's own type, with spans that are byte offsets into the whole file. It must
//! not know any plugin.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeValue, Error, ValueDeserializer};

use super::{ParamError, ScenarioError, WorkloadTable};
use crate::document::{parse, suggest};

impl WorkloadTable {
    /// The plugin's parameters: the table without `kind`.
    ///
    /// # Errors
    /// The first thing in the table that is none of `P`.
    pub fn read<P: DeserializeOwned>(&self) -> Result<P, ScenarioError> {
        let table = self.table().map_err(|errors| self.invalid(errors))?;
        P::deserialize(ValueDeserializer::from(table)).map_err(|error| self.invalid(vec![complaint(&error)]))
    }

    /// Everything a plugin found wrong with its parameters.
    #[must_use]
    pub fn invalid(&self, errors: Vec<ParamError>) -> ScenarioError {
        ScenarioError::invalid(&self.origin, &self.source, errors)
    }

    /// The complaint that no plugin is called `kind`; `known` are those there are.
    #[must_use]
    pub fn unknown_kind<'a>(&self, known: impl Iterator<Item = &'a str>) -> ScenarioError {
        let known: Vec<&str> = known.collect();
        let error = ParamError::at(self.kind_span.clone(), format!("there is no workload `{}`", self.kind));
        self.invalid(vec![error.with_help(suggest(&self.kind, &known))])
    }

    fn table(&self) -> Result<Spanned<DeValue<'_>>, Vec<ParamError>> {
        let mut document = parse(&self.source)?;
        let lacking = || vec![ParamError::at(0..0, "the file lacks `[workload]`")];
        let mut table = document.remove("workload").ok_or_else(lacking)?;
        if let DeValue::Table(items) = table.get_mut() {
            items.remove("kind");
        }
        Ok(table)
    }
}

/// What serde found wrong, in the words of the file's own complaints.
fn complaint(error: &Error) -> ParamError {
    let said = error.message();
    let names: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
    let (message, help) = match (said.split_once('`').map(|(start, _)| start), names.as_slice()) {
        (Some("unknown field "), [wrong, known @ ..]) => {
            (format!("unknown key `{wrong}`"), Some(suggest(wrong, known)))
        }
        (Some("unknown variant "), [wrong, known @ ..]) => {
            (format!("unknown word `{wrong}`"), Some(suggest(wrong, known)))
        }
        (Some("missing field "), [lacking]) => (format!("`{lacking}` is missing"), None),
        _ => (said.to_owned(), None),
    };
    ParamError { span: error.span(), message, help }
}
