//! The parts of a CSI sequence.

/// Parameters that are kept. The longest real ones are SGR lists, which are read elsewhere.
const PARAMS_MAX: usize = 16;

/// A parsed CSI sequence. Missing parameters are 0, as terminals treat them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Csi {
    /// `?`, `>`, `<`, `=`, or 0.
    pub(super) private: u8,
    /// The last intermediate byte, such as `$`, or 0.
    pub(super) intermediate: u8,
    /// The byte that says what it does.
    pub(super) last: u8,
    params: [u16; PARAMS_MAX],
    len: usize,
}

impl Csi {
    /// Reads a sequence that starts with `ESC [`. `None` for forms that no terminal knows here.
    pub(super) fn parse(raw: &[u8]) -> Option<Self> {
        let (last, body) = raw.get(2..)?.split_last()?;
        let mut csi =
            Self { private: 0, intermediate: 0, last: *last, params: [0; PARAMS_MAX], len: 0 };
        let mut open = false;
        for (at, byte) in body.iter().enumerate() {
            match byte {
                b'0'..=b'9' if csi.intermediate == 0 => {
                    open = true;
                    let slot = csi.params.get_mut(csi.len)?;
                    *slot = slot.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                }
                b';' if csi.intermediate == 0 => {
                    open = true;
                    csi.len += 1;
                }
                b'<'..=b'?' if at == 0 => csi.private = *byte,
                0x20..0x30 => csi.intermediate = *byte,
                _ => return None,
            }
        }
        csi.len += usize::from(open);
        (csi.len <= PARAMS_MAX).then_some(csi)
    }

    /// What it is, for matching.
    pub(super) fn kind(&self) -> (u8, u8, u8) {
        (self.private, self.intermediate, self.last)
    }

    /// All parameters that were written.
    pub(super) fn params(&self) -> &[u16] {
        &self.params[..self.len]
    }

    /// A parameter; 0 when it is missing.
    pub(super) fn get(&self, at: usize) -> u16 {
        self.params.get(at).copied().unwrap_or(0)
    }

    /// A count: missing and 0 mean 1.
    pub(super) fn count(&self, at: usize) -> u16 {
        self.get(at).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read() {
        let csi = Csi::parse(b"\x1b[?2026$p").unwrap();
        assert_eq!((csi.kind(), csi.params()), ((b'?', b'$', b'p'), &[2026][..]));
        let csi = Csi::parse(b"\x1b[;5H").unwrap();
        assert_eq!((csi.params(), csi.count(0), csi.count(1)), (&[0, 5][..], 1, 5));
        assert_eq!(Csi::parse(b"\x1b[m").unwrap().params(), &[] as &[u16]);
        assert_eq!(Csi::parse(b"\x1b[99999999A").unwrap().get(0), u16::MAX);
        assert_eq!(Csi::parse(b"\x1b[1:2A"), None);
        assert_eq!(Csi::parse(b"\x1b[1?A"), None);
        assert_eq!(Csi::parse(&[b"\x1b[".as_slice(), &[b';'; 40], b"A"].concat()), None);
    }
}
