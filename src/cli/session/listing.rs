//! What Home lists: the scenarios as they would run, and the runs in a directory.

use std::fs;
use std::path::Path;

use toml_edit::DocumentMut;

use crate::import;
use crate::scenario::{Overrides, Plan, shipped};
use crate::tui::{Field, Listing, PastRun};

/// The most past runs that are listed.
const MOST: usize = 100;

/// The most directories that are looked into for them.
const MOST_SEEN: usize = 1_000;

/// The shipped scenarios; before them a file of the user's.
pub(super) fn scenarios(own: Option<&str>) -> Vec<Listing> {
    let shipped = shipped();
    let own = own.filter(|own| shipped.iter().all(|scenario| scenario.name != *own));
    own.into_iter().chain(shipped.iter().map(|scenario| scenario.name)).filter_map(listing).collect()
}

/// A scenario as it would run; `None` when it cannot any more.
fn listing(name: &str) -> Option<Listing> {
    let plan = Plan::load(name, &Overrides::default()).ok()?;
    let file = plan.resolved.to_string();
    let values = values(&file);
    Some(Listing { name: name.to_owned(), about: plan.about, lesson: plan.lesson, file, values })
}

/// What a resolved file says of each field.
fn values(file: &str) -> Vec<(Field, String)> {
    let Ok(document) = file.parse::<DocumentMut>() else { return Vec::new() };
    let said = |field, table: &str, key: &str| {
        let value = document.get(table)?.get(key)?;
        let text = value.as_str().map(str::to_owned);
        Some((field, text.or_else(|| value.as_integer().map(|number| number.to_string()))?))
    };
    let fields = [
        said(Field::Deadline, "deadline", "after"),
        said(Field::Policy, "deadline", "on_timeout"),
        said(Field::Load, "load", "rate").or_else(|| said(Field::Load, "load", "concurrency")),
        said(Field::Duration, "run", "duration"),
        said(Field::Seed, "run", "seed"),
    ];
    fields.into_iter().flatten().collect()
}

/// The runs in `directory` whose summary can be read, the latest first.
pub(super) fn past(directory: &Path) -> Vec<PastRun> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let run = |entry: fs::DirEntry| {
        let directory = entry.path();
        let glance = import::glance(&directory).ok()?;
        Some(PastRun { scenario: glance.scenario, started_at: glance.started_at, missed: glance.missed, directory })
    };
    let mut runs: Vec<PastRun> = entries.take(MOST_SEEN).flatten().filter_map(run).collect();
    runs.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| b.directory.cmp(&a.directory)));
    runs.truncate(MOST);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::export::Directory;
    use crate::snapshot::{Report, fixture};

    #[test]
    fn every_shipped_scenario_is_listed_with_what_can_be_changed() {
        let all = scenarios(None);
        assert_eq!(all.len(), shipped().len());
        for listing in &all {
            assert!(listing.values.iter().any(|(field, _)| *field == Field::Load), "{}", listing.name);
            assert!(listing.values.iter().any(|(field, _)| *field == Field::Seed), "{}", listing.name);
        }
        assert_eq!(scenarios(Some("fanout")).len(), all.len());
        assert_eq!(scenarios(Some("no/such/file.toml")).len(), all.len());
    }

    #[test]
    fn a_file_of_the_users_comes_first() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("mine.toml");
        fs::write(&path, shipped()[0].text).unwrap();
        let path = path.to_str().unwrap();
        assert_eq!(scenarios(Some(path))[0].name, path);
    }

    #[test]
    fn past_runs_are_listed_the_latest_first_and_what_is_none_is_left_out() {
        let scratch = tempfile::tempdir().unwrap();
        for (name, later) in [("a", 0), ("b", 60), ("c", 30)] {
            let mut snapshot = fixture::finished();
            let info = Arc::make_mut(&mut snapshot.info);
            info.started_at += std::time::Duration::from_secs(later);
            let report = Report { snapshot: Arc::new(snapshot), scenario: "".into() };
            Directory::open(scratch.path().join(name)).unwrap().write(&report).unwrap();
        }
        fs::create_dir(scratch.path().join("empty")).unwrap();
        fs::write(scratch.path().join("notes.txt"), "mine").unwrap();
        let names: Vec<_> =
            past(scratch.path()).iter().map(|run| run.directory.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["b", "c", "a"]);
        assert!(past(Path::new("no/such/directory")).is_empty());
    }
}
