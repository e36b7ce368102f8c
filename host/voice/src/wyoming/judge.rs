//! Of several microphones that hear the same wake word one counts. Which one, is
//! known to whoever knows all of them.

use async_trait::async_trait;

/// Says of a wake word that was just found at one microphone whether it counts.
#[async_trait]
pub trait Judge: Send + Sync + std::fmt::Debug {
    /// Whether it does. Has to answer at once, or soon: nobody is heard before.
    async fn counts(&self) -> bool;
}
