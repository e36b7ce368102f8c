//! One file over HTTP, piece by piece. A source that says nothing any more, or
//! next to nothing, is noticed, and what has come is kept for the next try.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::ModelsError;

/// The largest piece, bytes.
const PIECE: u64 = 16 << 20;
/// No file of an engine is larger, bytes.
const MOST: u64 = 8 << 30;
/// The slowest source that is waited for, bytes a second.
const SLOWEST: u64 = 16 << 10;
const CONNECT: Duration = Duration::from_secs(15);
const ANSWER: Duration = Duration::from_secs(30);
/// How long no more may come of an answer that has begun.
const STALL: Duration = Duration::from_secs(30);

/// Fetches files.
#[derive(Debug)]
pub(super) struct Fetcher {
    agent: Agent,
    /// How long no more may come.
    stall: Duration,
}

/// How fast a file comes, over pieces that may be short.
struct Pace {
    began: Instant,
    /// Bytes since.
    copied: u64,
    stall: Duration,
}

/// How far a file is: bytes, and how many there are in all where that is known.
pub(super) type Tell<'a> = dyn FnMut(u64, Option<u64>) + 'a;

/// Why a piece did not come.
enum Stop {
    Told(String),
    Write(io::Error),
}

impl Fetcher {
    /// One for sources whose URL begins as `source` does: what is asked for
    /// over TLS is never fetched without it.
    pub(super) fn of(source: &str) -> Self {
        Self::patient(source, STALL)
    }

    /// The same, waiting so long for more of an answer.
    pub(super) fn patient(source: &str, stall: Duration) -> Self {
        let config = Agent::config_builder()
            .https_only(source.starts_with("https://"))
            .http_status_as_error(false)
            .user_agent(concat!("jarvis/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_per_read(Some(stall))
            .build();
        Self { agent: config.into(), stall }
    }

    /// Fetches `url` into the file `part`, from where that ends.
    pub(super) fn fetch(
        &self,
        url: &str,
        part: &Path,
        expected: Option<u64>,
        tell: &mut Tell<'_>,
    ) -> Result<(), ModelsError> {
        self.whole(url, part, expected, tell).map_err(|stop| match stop {
            Stop::Told(why) => ModelsError::Fetch { url: url.to_owned(), why },
            Stop::Write(error) => ModelsError::Write { path: part.to_owned(), error },
        })
    }

    fn whole(
        &self,
        url: &str,
        part: &Path,
        expected: Option<u64>,
        tell: &mut Tell<'_>,
    ) -> Result<(), Stop> {
        let mut options = OpenOptions::new();
        let mut file = options.create(true).append(true).open(part).map_err(Stop::Write)?;
        let mut have = file.metadata().map_err(Stop::Write)?.len();
        let mut all = expected;
        if all.is_some_and(|all| have > all) {
            (file, have) = (anew(part)?, 0);
        }
        let mut pace = Pace::new(self.stall);
        while all.is_none_or(|all| have < all) {
            tell(have, all);
            let last = have + PIECE - 1;
            let response = self.ask(url, &format!("bytes={have}-{last}"))?;
            match response.status() {
                StatusCode::PARTIAL_CONTENT => {
                    let (from, total) = range(&response).ok_or_else(|| odd("its range is odd"))?;
                    if from != have {
                        return Err(odd("another piece came than the one that was asked for"));
                    }
                    all = Some(agreed(expected, total)?);
                    let came = copy(response, &mut file, PIECE, (have, all), &mut pace, tell)?;
                    if came == 0 {
                        return Err(odd("a piece without anything in it came"));
                    }
                    have += came;
                    // What came fast is no reason to wait longer for what does not.
                    if pace.copied >= PIECE {
                        pace = Pace::new(self.stall);
                    }
                }
                // It gives no pieces.
                StatusCode::OK => {
                    (file, have) = (anew(part)?, 0);
                    let length = response.body().content_length();
                    all = length.map(|length| agreed(expected, length)).transpose()?.or(expected);
                    have += copy(response, &mut file, MOST, (have, all), &mut pace, tell)?;
                    if all.is_some_and(|all| have < all) {
                        return Err(odd("it ended early"));
                    }
                    break;
                }
                // All of it is there, or more than there is.
                StatusCode::RANGE_NOT_SATISFIABLE if have > 0 && all.is_none() => break,
                status => return Err(odd(&format!("it answers {status}"))),
            }
        }
        file.sync_all().map_err(Stop::Write)
    }

    fn ask(&self, url: &str, range: &str) -> Result<Response<Body>, Stop> {
        self.agent
            .get(url)
            .header("range", range)
            .call()
            .map_err(|error| Stop::Told(error.to_string()))
    }
}

fn odd(why: &str) -> Stop {
    Stop::Told(why.to_owned())
}

/// An empty file.
fn anew(part: &Path) -> Result<File, Stop> {
    File::create(part).map_err(Stop::Write)
}

/// The first byte and the length of all, of `bytes 0-9/100`.
fn range(response: &Response<Body>) -> Option<(u64, u64)> {
    let text = response.headers().get("content-range")?.to_str().ok()?;
    let (span, all) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = span.split_once('-')?;
    Some((first.parse().ok()?, all.parse().ok()?))
}

/// The length of all, if it may be so.
fn agreed(expected: Option<u64>, told: u64) -> Result<u64, Stop> {
    match expected {
        Some(expected) if expected != told => {
            Err(odd(&format!("it has {told} bytes and not {expected}")))
        }
        _ if told > MOST => Err(odd(&format!("it has {told} bytes, which no model has"))),
        _ => Ok(told),
    }
}

impl Pace {
    fn new(stall: Duration) -> Self {
        Self { began: Instant::now(), copied: 0, stall }
    }

    /// Whether so little has come since it began, which took so long, that nobody
    /// should wait for the rest.
    fn is_too_slow(&self, took: Duration) -> bool {
        took > self.stall + Duration::from_secs(self.copied / SLOWEST)
    }
}

/// Copies what comes, at most `most` bytes, into `file`; how much it was.
fn copy(
    response: Response<Body>,
    file: &mut File,
    most: u64,
    (before, all): (u64, Option<u64>),
    pace: &mut Pace,
    tell: &mut Tell<'_>,
) -> Result<u64, Stop> {
    let most = all.map_or(most, |all| most.min(all - before));
    // One more than may come, to notice it.
    let mut body = response.into_body().into_reader().take(most + 1);
    let (mut buffer, mut copied) = (vec![0; 1 << 16], 0);
    loop {
        let read = body.read(&mut buffer).map_err(|error| Stop::Told(error.to_string()))?;
        if read == 0 {
            return Ok(copied);
        }
        let read_bytes = u64::try_from(read).unwrap_or_default();
        copied += read_bytes;
        pace.copied += read_bytes;
        if pace.is_too_slow(pace.began.elapsed()) {
            return Err(odd(&format!("less than {} KiB a second came", SLOWEST >> 10)));
        }
        if copied > most {
            return Err(odd("more came than was asked for"));
        }
        file.write_all(buffer.get(..read).unwrap_or_default()).map_err(Stop::Write)?;
        tell(before + copied, all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_may_take_its_time_and_a_trickle_may_not() {
        let hours = |hours: u64| Duration::from_secs(3600 * hours);
        let is_too_slow = |copied, took| Pace { copied, ..Pace::new(STALL) }.is_too_slow(took);
        // large-v3, whole, at 256 KiB a second.
        assert!(!is_too_slow(3 << 30, hours(4)));
        assert!(is_too_slow(3 << 20, hours(4)));
        assert!(!is_too_slow(0, STALL) && is_too_slow(1000, STALL * 2));
    }
}
