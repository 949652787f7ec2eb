//! How a person who waits for a session to be finished is told what it does, and hurries it.

/// What a session that is being finished is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// It waits for what the client writes late.
    Waiting,
    /// It reads the transcripts.
    Reading,
    /// It plays the tape again: how many of its bytes it has got through, of how many.
    Playing(u64, u64),
}

/// How much longer a person bears with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// As long as it takes.
    Full,
    /// Nothing is waited for any more; what is there is still kept.
    Short,
    /// None: the session stays as it is, and the next command finishes it.
    Gone,
}

/// Asked again and again while a session is being finished.
pub type Ask<'a> = &'a mut dyn FnMut(Doing) -> Patience;
