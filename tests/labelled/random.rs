//! Numbers and names that are the same on every machine.

/// A generator of numbers that is the same everywhere (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn word(&mut self, of: &'static str) -> &'static str {
        let words: Vec<&str> = of.split(' ').collect();
        words[self.below(words.len())]
    }

    pub fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

pub const FIRST: &str = "\
    Bramble Corvid Dovetail Ember Fathom Gantry Harrow Isobar Juniper Kestrel Lattice \
    Marlin Nimbus Orchard Pylon Quarry Rivet Saffron Tundra Umber Vellum Wicket Xenon \
    Yarrow Zephyr";
pub const SECOND: &str = "\
    DB MQ Store Gate Sync Hub Lite Cache Flow Kit";
pub const FOLDERS: &str = "\
    src lib api web core tools pkg db";
pub const STEMS: &str = "\
    parser session orders ledger router mailer import schema client worker report auth";
