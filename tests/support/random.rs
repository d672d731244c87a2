//! Randomness that can be repeated: the seed is printed, and a failing test shows it.

/// SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// `PURSER_SEED` repeats an earlier run.
    pub(crate) fn seeded() -> Self {
        Self::seeded_or(fresh())
    }

    /// The same every time, unless `PURSER_SEED` says otherwise.
    pub(crate) fn seeded_or(seed: u64) -> Self {
        let given = std::env::var("PURSER_SEED").ok();
        let seed = given.map_or(seed, |seed| seed.parse().unwrap());
        println!("PURSER_SEED={seed}");
        Self(seed)
    }

    /// Another one that is repeated with this one.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

fn fresh() -> u64 {
    uuid::Uuid::now_v7().as_u64_pair().1
}
