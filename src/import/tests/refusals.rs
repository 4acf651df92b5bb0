//! What is no run, or no longer one, and what is said of it.

use super::*;

fn complaint(spoil: impl Fn(&Path)) -> String {
    let scratch = finished_files();
    spoil(scratch.path());
    let error = open(scratch.path()).unwrap_err();
    assert!(!error.help.is_empty());
    error.to_string().replace(&format!("{}/", scratch.path().display()), "")
}

#[test]
fn a_file_that_is_missing_empty_too_large_or_no_text_is_named() {
    let files = [
        "summary.json",
        "histogram.csv",
        "timeline.csv",
        "heat.csv",
        "blocks.csv",
        "block_histogram.csv",
        "gathers.csv",
        "failures.csv",
        "late_tasks.csv",
        "scenario.toml",
    ];
    for name in files {
        // Early runs have no heat and no blocks.
        if !["heat.csv", "blocks.csv"].contains(&name) {
            let said = complaint(|at| fs::remove_file(at.join(name)).unwrap());
            assert!(said.starts_with(&format!("`{name}`: cannot be read: ")), "{said}");
        }
        let said = complaint(|at| fs::write(at.join(name), "").unwrap());
        assert!(said.contains(name), "{said}");
        let said = complaint(|at| fs::write(at.join(name), b"\xff\xfe").unwrap());
        assert_eq!(said, format!("`{name}`: the byte 0xff at 0 is no UTF-8"));
        let said = complaint(|at| fs::File::create(at.join(name)).unwrap().set_len(file::LARGEST + 1).unwrap());
        assert_eq!(said, format!("`{name}`: has more than 67108864 bytes, and no run's file has"));
        let said = complaint(|at| {
            fs::remove_file(at.join(name)).unwrap();
            fs::create_dir(at.join(name)).unwrap();
        });
        assert!(said.starts_with(&format!("`{name}`: cannot be read: ")), "{said}");
    }
    assert!(open(Path::new("no/such/run")).unwrap_err().to_string().starts_with("`no/such/run/summary.json`: cannot"));
}

/// A file, a text in it, what it is made, and what is said of it.
const WRONG: &[[&str; 4]] = &[
    [
        "summary.json",
        "tardy-summary/1",
        "tardy-summary/9",
        "`summary.json`: `schema` is `tardy-summary/9`, expected `tardy-summary/1`",
    ],
    ["summary.json", "\"balanced\": true", "\"balanced\": tru", "`summary.json`, line "],
    ["summary.json", "\"seed\": 1", "\"seed\": -1", "`summary.json`, line "],
    [
        "summary.json",
        "\"ended_by\": \"duration\"",
        "\"ended_by\": \"boredom\"",
        "`summary.json`: `ended_by` is `boredom`, expected duration",
    ],
    ["summary.json", "\"headline\": \"response\"", "\"headline\": \"x\"", "`summary.json`: `headline` is `x`"],
    [
        "summary.json",
        "\"due\": 605",
        "\"due\": 606",
        "`summary.json`: `load.due` is `606`, and its parts add up to 605",
    ],
    [
        "summary.json",
        "\"late_panicked\": 0",
        "\"late_panicked\": 9",
        "`summary.json`: `lanes`, number 1: `timed_out` is",
    ],
    [
        "summary.json",
        "\"on_timeout\": \"cancel\"",
        "\"on_timeout\": \"observe\"",
        "`summary.json`: `lanes`, number 1: there is another",
    ],
    ["timeline.csv", "on_timeout,", "policy,", "`timeline.csv`, line 1: column 1 is `policy`, expected `on_timeout`"],
    [
        "timeline.csv",
        "1000000000,300,",
        "1000000000,many,",
        "`timeline.csv`, line 2: `spawned` is `many`: invalid digit",
    ],
    [
        "timeline.csv",
        "1000000000,300,",
        "1000000000,300,1,",
        "`timeline.csv`, line 2: the row has 19 cells, expected 18",
    ],
    [
        "timeline.csv",
        "1000000000,300,",
        "1000000000,18446744073709551615,",
        "`timeline.csv`, line 2: `spawned` is `18446744073709551615`, more than",
    ],
    [
        "histogram.csv",
        "observe,50000000,service,done,false,",
        "observe,50000000,servile,done,false,",
        "`histogram.csv`, line 2: `metric` is `servile`, which is none of ours",
    ],
    [
        "histogram.csv",
        "observe,50000000,service,done,false,",
        "maybe,50000000,service,done,false,",
        "`histogram.csv`, line 2: `on_timeout` is `maybe`, expected `cancel` or `observe`",
    ],
    [
        "histogram.csv",
        "observe,50000000,service,done,false,",
        "observe,50000000,service,done,,",
        "`histogram.csv`, line 2: `late` is empty",
    ],
    [
        "histogram.csv",
        "observe,50000000,service,done,false,",
        "observe,50000000,service,failed,false,",
        "`histogram.csv`: has ",
    ],
    [
        "gathers.csv",
        ",slowest,0,",
        ",slowest,4294967295,",
        "`gathers.csv`, line 32: `of` is `4294967295`, expected the next child, 0",
    ],
    [
        "heat.csv",
        "observe,50000000,0,",
        "observe,60000000,0,",
        "`heat.csv`, line 2: there is no such lane in `summary.json`",
    ],
    [
        "heat.csv",
        "observe,50000000,1000000000,",
        "observe,50000000,1000000001,",
        "`at_ns` is `1000000001`, and no row of `timeline.csv` begins there",
    ],
    [
        "heat.csv",
        ",4466836,5011873,",
        ",4466836,5011872,",
        "`high_ns` is `5011872`, expected `5011873`, an edge of the grid",
    ],
    ["heat.csv", ",censored", ",censured", "`heat.csv`, line 1: column 7 is `censured`, expected `censored`"],
    [
        "blocks.csv",
        "observe,50000000,1000000000,",
        "observe,50000000,1000000001,",
        "`blocks.csv`, line 3: `at_ns` is `1000000001`, and the block before ends at 1000000000",
    ],
    [
        "blocks.csv",
        "observe,50000000,1000000000,",
        "observe,60000000,1000000000,",
        "`blocks.csv`, line 3: there is no such lane in `summary.json`",
    ],
    [
        "blocks.csv",
        "observe,50000000,1000000000,1000000000,",
        "observe,50000000,0,1000000000,",
        "`blocks.csv`, line 3: the block has this lane already",
    ],
    [
        "blocks.csv",
        ",300,299,1,0,0,260,40,",
        ",300,299,1,0,0,260,40,111",
        "`blocks.csv`, line 2: `observed_total_ns` is `1",
    ],
    [
        "block_histogram.csv",
        "observe,50000000,0,",
        "cancel,50000000,0,",
        "`block_histogram.csv`, line 2: `at_ns` is `0`, and no block of this lane begins there",
    ],
    ["block_histogram.csv", "observe,50000000,0,", "observe,50000000,0,1", "where no bucket begins"],
    ["summary.json", "\"busy_share\": 0.41", "\"busy_share\": 1.5", "`busy_share` in `runtime` is `1.5`"],
    ["late_tasks.csv", ",overdue,", ",beloved,", "line "],
    ["failures.csv", ",failed,", ",bored,", "`failures.csv`, line 2: `ending` is `bored`"],
    ["scenario.toml", "name = \"fanout\"", "name = 5", "`scenario.toml`: `name` is"],
];

#[test]
fn what_is_wrong_in_a_file_is_said_with_its_line_and_its_value() {
    for &[name, from, to, expected] in WRONG {
        let said = complaint(|at| {
            let text = fs::read_to_string(at.join(name)).unwrap();
            assert!(text.contains(from), "{from} in {name}");
            fs::write(at.join(name), text.replacen(from, to, 1)).unwrap();
        });
        assert!(said.contains(expected) && said.contains(name), "{said}\n{expected}");
    }
}

#[test]
fn more_blocks_than_a_run_has_are_refused_before_anybody_counts_with_them() {
    let said = complaint(|at| {
        let path = at.join("blocks.csv");
        let mut text = fs::read_to_string(&path).unwrap();
        // The run has 42; none of these has a lane.
        let empty = |n: u64| [",,", &n.to_string(), "000000000,1000000000,0,0,0,0,0,0,0,,,,,,\n"].concat();
        text.extend((42..65).map(empty));
        fs::write(path, text).unwrap();
    });
    assert_eq!(said, "`blocks.csv`, line 66: there are more than 64 blocks, and no run has");
}
