//! Lines of JSON, bounded.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::ApiError;

/// The longest line, bytes: an inventory of 10,000 guests fits.
pub const MAX_LINE: usize = 16 * 1024 * 1024;

/// Reads one line; `None` at the end.
pub(super) async fn read<T, R>(reader: &mut R, longest: usize) -> Result<Option<T>, ApiError>
where
    T: DeserializeOwned,
    R: AsyncBufRead + Unpin,
{
    let mut line = Vec::new();
    let limit = longest as u64 + 1;
    let length = reader.take(limit).read_until(b'\n', &mut line).await.map_err(ApiError::Broken)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => serde_json::from_slice(&line).map(Some).map_err(ApiError::Garbled),
        Some(_) if length > longest => Err(ApiError::TooLong),
        Some(_) => Err(ApiError::Broken(std::io::ErrorKind::UnexpectedEof.into())),
    }
}

/// Writes one line.
pub(super) async fn write<T, W>(writer: &mut W, value: &T) -> Result<(), ApiError>
where
    T: Serialize,
    W: AsyncWrite + Unpin,
{
    let mut line = serde_json::to_vec(value).map_err(ApiError::Garbled)?;
    line.push(b'\n');
    writer.write_all(&line).await.map_err(ApiError::Broken)?;
    writer.flush().await.map_err(ApiError::Broken)
}
