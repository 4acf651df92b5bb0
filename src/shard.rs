//! One of several parts of a run, which adds up with the others to the whole.
//!
//! Owns the whole-number arithmetic: which part of the arrivals, the tasks, the concurrency and what tasks share is whose. It must not know what
//! any of them is. People count shards from 1, this module from 0.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most shards of one run; who merges them has some 3 MB of each in memory.
const MOST: u32 = 1_000;

/// Shard `3/8`: the third of eight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: u32,
    of: u32,
}

/// How much of the run that its scenario describes a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// All of it.
    #[default]
    Whole,
    /// One shard of it.
    Shard(Shard),
    /// All of it, added up from so many shards.
    Merged(u32),
}

/// Why a text is no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no shard; expected a number and how many there are, such as `3/8`: the first of eight is `1/8`, the last `8/8`, \
     and there are at most 1000"
)]
pub struct ShardError {
    text: String,
}

impl Shard {
    /// The one shard of a run that has no other.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// The shard `number`, from 1 on, of so many; `None` where there is none.
    #[must_use]
    pub const fn new(number: u32, of: u32) -> Option<Self> {
        if number == 0 || number > of || of > MOST { None } else { Some(Self { index: number - 1, of }) }
    }

    /// Which one it is, from 1 on.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.index + 1
    }

    /// How many there are.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Things of the whole that come before the first of its own: they are dealt out in turn.
    pub(crate) const fn before(self) -> u32 {
        self.index
    }

    /// Its part of `whole` things that are dealt out in turn; the parts of all shards add up to the whole.
    #[must_use]
    pub const fn share(self, whole: u64) -> u64 {
        whole / self.of as u64 + if (self.index as u64) < whole % self.of as u64 { 1 } else { 0 }
    }

    /// Its part of `whole` things of which an arrival takes `width`: no arrival's worth is torn apart.
    #[must_use]
    pub const fn share_of_arrivals(self, whole: u64, width: u64) -> u64 {
        self.share(whole / width) * width + self.share(whole % width)
    }

    /// What number the first task of an arrival has in the whole run that has the number `own` in this shard, where each arrival
    /// has `width` tasks.
    #[must_use]
    #[inline]
    pub const fn number_in_whole(self, own: u64, width: u64) -> u64 {
        own * self.of as u64 + self.index as u64 * width
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number(), self.of)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let whole = |digits: &str| digits.parse::<u32>().ok().filter(|_| !digits.starts_with('+'));
        let shard = text.trim().split_once('/').and_then(|(number, of)| Self::new(whole(number)?, whole(of)?));
        shard.ok_or_else(|| ShardError { text: text.chars().take(40).collect() })
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, ShardError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl Part {
    /// Whether it is a run like any other.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Whole)
    }

    /// The shard it is.
    #[must_use]
    pub const fn shard(self) -> Option<Shard> {
        match self {
            Self::Shard(shard) => Some(shard),
            Self::Whole | Self::Merged(_) => None,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("the whole"),
            Self::Shard(shard) => write!(f, "shard {shard}"),
            Self::Merged(1) => f.write_str("merged from 1 shard"),
            Self::Merged(shards) => write!(f, "merged from {shards} shards"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_shard_is_refused_by_its_text() {
        for text in
            ["", "3", "0/8", "9/8", "1/0", "3/8/2", "-1/8", "+1/8", "a/b", "1/1001", "1.5/8", "3 / 8", "4294967297/8"]
        {
            let error = text.parse::<Shard>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no shard; expected")), "{error}");
        }
        assert_eq!("1000/1000".parse(), Ok(Shard { index: 999, of: 1_000 }));
        assert_eq!(" 3/8\n".parse::<Shard>().map(|shard| shard.to_string()), Ok("3/8".to_owned()));
    }

    #[test]
    fn the_only_shard_is_the_whole() {
        assert_eq!("1/1".parse(), Ok(Shard::WHOLE));
        assert_eq!((Shard::WHOLE.share(77), Shard::WHOLE.number_in_whole(77, 20)), (77, 77));
    }

    proptest! {
        #[test]
        fn shares_add_up_to_the_whole_and_none_has_two_more_than_another(of in 1u32..200, whole in any::<u64>()) {
            let shares: Vec<u64> = (1..=of).map(|number| Shard::new(number, of).unwrap().share(whole)).collect();
            prop_assert_eq!(shares.iter().sum::<u64>(), whole);
            prop_assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1);
        }

        #[test]
        fn no_arrival_loses_its_room(of in 1u32..20, width in 1u64..200, room in any::<u32>().prop_map(u64::from)) {
            let shards = || (1..=of).map(|number| Shard::new(number, of).unwrap());
            let shares: Vec<u64> = shards().map(|shard| shard.share_of_arrivals(room, width)).collect();
            prop_assert_eq!(shares.iter().sum::<u64>(), room);
            let fit = |shard: Shard| shard.share(room / width);
            prop_assert!(shards().zip(shares).all(|(shard, share)| share / width >= fit(shard)));
        }

        #[test]
        fn every_task_of_the_whole_is_in_one_shard(of in 1u32..20, width in 1u64..20, arrivals in 0u64..300) {
            let shards = (1..=of).map(|number| Shard::new(number, of).unwrap());
            let tasks = |shard: Shard| {
                let firsts = (0..shard.share(arrivals)).map(move |own| shard.number_in_whole(own * width, width));
                firsts.flat_map(move |first| first..first + width)
            };
            let mut all: Vec<u64> = shards.flat_map(tasks).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..arrivals * width).collect::<Vec<_>>());
        }
    }
}
