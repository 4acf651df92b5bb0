//! What Home lists: the scenarios as they would run, and the runs in a directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use toml_edit::DocumentMut;

use crate::import;
use crate::scenario::{Overrides, Plan, Source, shipped};
use crate::sweep;
use crate::tui::{Field, Listing, PastKind, PastRun};

/// The most past runs that are listed.
const MOST: usize = 100;

/// The most directories that are looked into for them, the latest ones.
const MOST_SEEN: usize = 1_000;

/// The shipped scenarios; before them a file of the user's.
pub(super) fn scenarios(own: Option<&Source>) -> Vec<Listing> {
    let own = own.and_then(|own| listing(&own.origin, own.clone()));
    let shipped =
        shipped().into_iter().filter_map(|scenario| listing(scenario.name, Source::open(scenario.name).ok()?));
    own.into_iter().chain(shipped).collect()
}

/// A scenario as it would run; `None` when it only does with changes.
fn listing(name: &str, source: Source) -> Option<Listing> {
    let plan = Plan::new(source, &Overrides::default()).ok()?;
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

/// The runs and the sweeps in `directory` that can be read, the latest first.
pub(super) fn past(directory: &Path) -> Vec<PastRun> {
    let run = |directory: PathBuf| {
        let Ok(glance) = import::glance(&directory) else { return sweep(directory) };
        let import::Glance { scenario, started_at, end, .. } = glance;
        let kind = end.map_or(PastKind::Endless, |end| PastKind::Ended { missed: end.missed });
        Some(PastRun { scenario, started_at, directory, kind })
    };
    let mut runs: Vec<PastRun> = latest(directory, MOST_SEEN).into_iter().filter_map(run).collect();
    runs.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| b.directory.cmp(&a.directory)));
    runs.truncate(MOST);
    runs
}

/// The sweep in a directory, if there is one.
fn sweep(directory: PathBuf) -> Option<PastRun> {
    let (scenario, started_at) = sweep::glance(&directory)?;
    Some(PastRun { scenario, started_at, directory, kind: PastKind::Sweep })
}

/// The directories in one, those changed last, and no more than `most`.
fn latest(directory: &Path, most: usize) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let changed = |entry: fs::DirEntry| {
        let path = entry.path();
        let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_dir)?;
        Some((metadata.modified().ok()?, path))
    };
    let mut found: Vec<(SystemTime, PathBuf)> = entries.flatten().filter_map(changed).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(most);
    found.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    use crate::export::Directory;
    use crate::snapshot::{Recorder, Report, fixture};
    use crate::sweep::{Grid, Levels, Policies, Sweep};

    #[test]
    fn every_shipped_scenario_is_listed_with_what_can_be_changed() {
        let all = scenarios(None);
        assert_eq!(all.len(), shipped().len());
        for listing in &all {
            assert!(listing.values.iter().any(|(field, _)| *field == Field::Load), "{}", listing.name);
            assert!(listing.values.iter().any(|(field, _)| *field == Field::Seed), "{}", listing.name);
        }
        let broken = Source::new("mine.toml", "name =");
        assert_eq!(scenarios(Some(&broken)).len(), all.len());
    }

    #[test]
    fn a_file_of_the_users_comes_first() {
        let own = Source::new("mine.toml", shipped()[0].text);
        assert_eq!(scenarios(Some(&own))[0].name, "mine.toml");
    }

    #[test]
    fn of_too_many_directories_the_latest_are_looked_into() {
        let scratch = tempfile::tempdir().unwrap();
        for (name, secs) in [("a", 30), ("b", 10), ("c", 20), ("d", 40)] {
            let path = scratch.path().join(name);
            fs::create_dir(&path).unwrap();
            let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(secs);
            fs::File::open(path).unwrap().set_modified(changed).unwrap();
        }
        fs::write(scratch.path().join("notes.txt"), "mine").unwrap();
        assert_eq!(latest(scratch.path(), 2), ["d", "a"].map(|name| scratch.path().join(name)));
    }

    #[test]
    fn a_run_that_was_killed_is_listed_by_its_recording() {
        let scratch = tempfile::tempdir().unwrap();
        let run = fixture::finished();
        let recording = [Recorder::head("").unwrap(), Recorder::default().frame(&run).unwrap()].concat();
        fs::create_dir(scratch.path().join("a")).unwrap();
        fs::write(scratch.path().join("a/recording.bin"), &recording).unwrap();
        let [killed] = &past(scratch.path())[..] else { panic!("it is not listed") };
        assert_eq!((&killed.scenario, killed.started_at), (&run.info.scenario, run.info.started_at));
        assert_eq!(killed.kind, PastKind::Endless);
        fs::write(scratch.path().join("a/recording.bin"), &recording[..recording.len() / 2]).unwrap();
        assert_eq!(past(scratch.path()), []);
    }

    #[test]
    fn past_runs_are_listed_the_latest_first_and_what_is_none_is_left_out() {
        let scratch = tempfile::tempdir().unwrap();
        for (name, later) in [("a", 0), ("b", 60), ("c", 30)] {
            let mut snapshot = fixture::finished();
            let info = Arc::make_mut(&mut snapshot.info);
            info.started_at += Duration::from_secs(later);
            let report = Report { snapshot: Arc::new(snapshot), scenario: "".into() };
            Directory::open(scratch.path().join(name)).unwrap().write(&report).unwrap();
        }
        fs::create_dir(scratch.path().join("empty")).unwrap();
        fs::write(scratch.path().join("notes.txt"), "mine").unwrap();
        let grid = Grid::new("10ms".parse().unwrap(), Policies::Both, Levels::Scenario, 1).unwrap();
        let base = Plan::load("pool", &Overrides::default()).unwrap();
        Sweep::begin(&scratch.path().join("s"), base, grid).unwrap();
        let newest = past(scratch.path()).remove(0);
        assert_eq!((newest.scenario.as_str(), newest.kind), ("pool", PastKind::Sweep));
        let names: Vec<_> =
            past(scratch.path()).iter().map(|run| run.directory.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["s", "b", "c", "a"]);
        assert!(past(Path::new("no/such/directory")).is_empty());
    }
}
